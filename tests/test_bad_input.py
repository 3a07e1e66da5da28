"""Wrong input gets its exit code and a sentence, and docs/errors.md says which."""

from pathlib import Path

import pytest

from tests.mistakes import MISTAKES, Answer, Mistake, answer, row

DOCUMENT = Path(__file__).parents[1] / "docs" / "errors.md"
LISTED = [(chapter, mistake) for chapter, each in MISTAKES.items() for mistake in each]
CODES = {2, 3}
ONLY_WARNED = {("Results", "a damaged record"), ("Results", "a record that leads elsewhere")}


@pytest.fixture(scope="module")
def rows() -> list[str]:
    return DOCUMENT.read_text(encoding="utf-8").splitlines()


@pytest.mark.filterwarnings("always::UserWarning")
@pytest.mark.parametrize(
    ("chapter", "mistake"), LISTED, ids=[f"{chapter}: {m.what}" for chapter, m in LISTED]
)
def test_wrong_input_is_answered_as_the_document_says(
    chapter: str, mistake: Mistake, tmp_path: Path, rows: list[str]
) -> None:
    """When a message has changed: python -m tests.mistakes > docs/errors.md"""
    found = answer(mistake, tmp_path)
    assert found.code in ({0} if (chapter, mistake.what) in ONLY_WARNED else CODES), found.said
    assert "Traceback" not in found.said
    lines = found.message.splitlines()
    assert 1 <= len(lines) <= 2 and max(map(len, lines)) < 500, found.said
    assert row(mistake, found) in rows


def test_the_document_has_a_row_for_every_mistake_and_no_other(rows: list[str]) -> None:
    begun = [" | ".join(line.split(" | ")[:2]) for line in rows if line.startswith("| ")]
    said = [
        " | ".join(row(mistake, Answer(0, "")).split(" | ")[:2])
        for mistakes in MISTAKES.values()
        for mistake in mistakes
    ]
    assert [line for line in begun if not line.startswith("| what is wrong")] == said
