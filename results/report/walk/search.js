/** The box in which songs are looked for by title, artist or id. */

const MOST_RESULTS = 8;

class Search {
  constructor(songs, found, choose) {
    this.songs = songs;
    this.found = found;
    this.choose = choose;
    this.box = document.getElementById('map-search');
    this.hits = [];
    this.at = -1;
    this.box.addEventListener('input', () => this.look());
    this.box.addEventListener('keydown', (event) => this.pressed(event));
    this.box.form.addEventListener('submit', (event) => event.preventDefault());
  }

  /** Return every song's words in the form in which they are compared; made once. */
  get words() {
    this.made ??= Array.from({ length: this.songs.count }, (_, row) =>
      compared(`${this.songs.id(row)}\n${this.songs.text('title', row)}\n${this.songs.artist(row)}`),
    );
    return this.made;
  }

  look() {
    const asked = compared(this.box.value.trim());
    this.hits = [];
    this.at = -1;
    if (asked) {
      this.words.forEach((words, row) => words.includes(asked) && this.hits.push(row));
    }
    this.list(Boolean(asked));
    this.found(this.hits);
  }

  pressed(event) {
    if (event.key !== 'Enter') {
      return;
    }
    event.preventDefault();
    if (this.hits.length) {
      const step = event.shiftKey ? this.hits.length - 1 : 1;
      this.at = (Math.max(this.at, event.shiftKey ? 0 : -1) + step) % this.hits.length;
      this.say(`${this.at + 1} of ${this.hits.length}`);
      this.choose(this.hits[this.at]);
    }
  }

  list(asked) {
    const buttons = this.hits.slice(0, MOST_RESULTS).map((row, at) => {
      const button = element('button', { type: 'button' }, isolated(this.songs.title(row)));
      const artist = this.songs.artist(row);
      if (artist) {
        button.append(' – ', isolated(artist));
      }
      button.addEventListener('click', () => {
        this.at = at;
        this.choose(row);
      });
      return element('li', {}, button);
    });
    document.getElementById('map-results').replaceChildren(...buttons);
    const count = this.hits.length;
    const more = count > MOST_RESULTS ? `, the first ${MOST_RESULTS} below` : '';
    this.say(asked ? `${count} ${count === 1 ? 'song' : 'songs'} found${more}` : '');
  }

  say(text) {
    document.getElementById('map-found').textContent = text;
  }
}

/** Return a text without the differences that a search looks past: case, and accents. */
function compared(text) {
  return text.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').toLowerCase();
}
