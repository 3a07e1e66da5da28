"""The words of the demo collection: band names, titles and lyrics that lean to a genre."""

import numpy as np

COMMON = {
    "english": (
        "i you we my your heart love sky day time eyes hand life song again why where this that "
        "today tomorrow never always come go stay far near remember one away home feel know"
    ).split(),
    "bangla": (
        "আমি তুমি আমরা আমার তোমার মন ভালোবাসা আকাশ দিন সময় চোখ হাত জীবন গান আবার কেন কোথায় এই সেই "
        "আজ কাল কখনো সবসময় আসে যায় থাকে দূরে কাছে মনে একদিন চলো ঘর সাথে জানি"
    ).split(),
}

LEANING = {
    ("folk", "english"): (
        "river boat field harvest village soil path rain cloud bird willow shore sail mountain "
        "meadow barley lantern valley wander fiddle"
    ).split(),
    ("folk", "bangla"): (
        "নদী নৌকা মাঠ ধান বাউল মাঝি গ্রাম মাটি পথ একতারা মেঘ পাখি বটগাছ ঘাট পাল কলসি মেলা শিউলি কাশফুল ফসল"
    ).split(),
    ("rock", "english"): (
        "fire storm rebel chain break scream blood wall thunder war freedom roar burning stone "
        "steel rage ruin highway torch wild"
    ).split(),
    ("rock", "bangla"): (
        "আগুন ঝড় বিদ্রোহ শিকল ভাঙো চিৎকার রক্ত দেয়াল বজ্র যুদ্ধ মুক্তি গর্জন জ্বলে পাথর ইস্পাত ক্ষোভ ধ্বংস "
        "রাজপথ মশাল প্রাচীর"
    ).split(),
    ("hiphop", "english"): (
        "city street block money rhyme brother mic corner hustle fight crew words game name truth "
        "hungry crown running pocket respect"
    ).split(),
    ("hiphop", "bangla"): (
        "শহর রাস্তা মহল্লা টাকা ছন্দ বন্ধু মাইক গলি স্বপ্ন লড়াই ঢাকা কথা খেলা নাম সত্য ক্ষুধা মোড় রাজা দৌড় পকেট"
    ).split(),
    ("electronic", "english"): (
        "light dance night body beat neon wave pulse speed machine sound electric space star "
        "laser signal spin flying dawn glow"
    ).split(),
    ("electronic", "bangla"): (
        "আলো নাচ রাত শরীর তাল নিয়ন ঢেউ হৃদস্পন্দন গতি যন্ত্র শব্দ বিদ্যুৎ মহাকাশ তারা লেজার সংকেত ঘূর্ণি উড়ি "
        "ভোর জ্যোতি"
    ).split(),
    ("classical", "english"): (
        "prayer soul eternal heaven silence mercy evening praise candle spring grace angel glory "
        "infinite peace temple blossom divine garden hymn"
    ).split(),
    ("classical", "bangla"): (
        "প্রার্থনা আত্মা চিরন্তন স্বর্গ নীরবতা করুণা সন্ধ্যা পূজা প্রদীপ বসন্ত রাগ সুর ধ্যান অনন্ত শান্তি মন্দির "
        "পুষ্প অমৃত বীণা শ্রাবণ"
    ).split(),
    ("jazz", "english"): (
        "smoke coffee window velvet midnight blue lonely lips smile taxi piano glass moonlight "
        "balcony whisper soft autumn bourbon lover slowly"
    ).split(),
    ("jazz", "bangla"): (
        "ধোঁয়া কফি জানালা মখমল মধ্যরাত নীল একাকী ঠোঁট হাসি ট্যাক্সি পিয়ানো গ্লাস চাঁদ বারান্দা ফিসফিস মৃদু "
        "হেমন্ত চুমুক প্রেমিক ধীরে"
    ).split(),
}

BANDS = {
    "english": (
        "Silver Paper Northern Quiet Golden Broken".split(),
        "Harbour Kites Lanterns Avenue".split(),
    ),
    "bangla": ("নীল সোনালি নতুন মেঠো অচিন রঙিন".split(), "জোনাকি পথিক ডানা বৃত্ত".split()),
}


def band_name(language: str, number: int) -> str:
    """Return the name of band ``number`` of a language, 0 to 23."""
    first, second = BANDS[language]
    return f"{first[number % len(first)]} {second[number // len(first) % len(second)]}"


def write_title(genre: str, language: str, rng: np.random.Generator) -> str:
    """Return two words of the genre."""
    return " ".join(rng.choice(LEANING[genre, language], size=2, replace=False)).title()


def write_lyrics(genre: str, language: str, difficulty: float, rng: np.random.Generator) -> str:
    """Return four to eight lines in which genre-leaning words are rarer the harder it is."""
    share = 0.4 * (1 - difficulty)
    lines = []
    for _ in range(rng.integers(4, 9)):
        leaning = rng.choice(LEANING[genre, language], size=7)
        common = rng.choice(COMMON[language], size=7)
        words = np.where(rng.random(7) < share, leaning, common)
        lines.append(" ".join(words[: rng.integers(4, 8)]))
    return "\n".join(lines)
