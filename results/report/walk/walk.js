/** The map as a person walks it: the controls, the keyboard, and what follows from each. */

const MANY = 100; // songs that are found, and above which their rings are slight

class Walk {
  constructor(figure, given, player) {
    this.songs = new Songs(figure.tags[0], given);
    this.plot = new Plot(figure);
    this.player = player;
    this.state = { method: 0, way: given.methods[0].ways[0], colouring: null };
    this.hidden = new Set();
    this.current = null;
    this.hits = [];
    this.trail = [];
    this.search = new Search(this.songs, (hits) => this.emphasise(hits), (row) => this.go(row));
    this.fillControls();
    this.listen();
    this.plot.paint(this.colours());
    this.changeMethod();
  }

  colours() {
    return theme(this.songs.facts.colours);
  }

  fillControls() {
    offer('map-method', this.songs.facts.methods.map((each) => each.name));
    const playing = Object.keys(this.player.sounds).length > 0;
    byId('map-follow-label').hidden = !playing;
  }

  listen() {
    byId('map-method').addEventListener('change', () => this.changeMethod());
    byId('map-way').addEventListener('change', () => this.changeWay());
    byId('map-colour').addEventListener('change', () => this.changeColour());
    byId('map-shapes').addEventListener('change', () => this.draw());
    byId('map-in').addEventListener('click', () => this.plot.zoom(true));
    byId('map-out').addEventListener('click', () => this.plot.zoom(false));
    byId('map-all').addEventListener('click', () => this.plot.showWhole());
    const map = byId('map-figure');
    map.addEventListener('keydown', (event) => this.pressed(event));
    map.addEventListener('focusin', () => this.plot.onlyByCtrl(false));
    map.addEventListener('focusout', () => this.plot.onlyByCtrl(true));
    this.plot.onTap((x, y, reach) => this.tapped(x, y, reach));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.plot.paint(this.colours());
      this.changeColour();
    });
  }

  /** Show another method, by the same projection and colouring where it has them. */
  changeMethod() {
    const { way, colouring } = this.state;
    this.state.method = Number(byId('map-method').value);
    const method = this.songs.facts.methods[this.state.method];
    offer('map-way', method.ways.map((each) => each.name), method.ways.findIndex((each) => each.key === way.key));
    this.offered = colourings(this.songs, this.state.method);
    const same = this.offered.findIndex((each) => each.key === colouring?.key);
    offer('map-colour', this.offered.map((each) => each.name), same);
    this.changeWay();
  }

  changeWay() {
    const { method } = this.state;
    this.state.way = this.songs.facts.methods[method].ways[Number(byId('map-way').value)];
    this.places = this.songs.places(method, this.state.way);
    this.laid = Array.from({ length: this.songs.count }, (_, row) => row)
      .filter((row) => this.songs.isLaid(method, this.state.way, row));
    this.plot.fit(this.laid, this.places);
    this.changeColour();
    const { outside } = this.state.way;
    const lie = outside === 1 ? 'song lies' : 'songs lie';
    byId('map-outside').textContent = outside ? `${outside} ${lie} far outside, and here at the edge.` : '';
  }

  changeColour() {
    const colouring = this.offered[Number(byId('map-colour').value)];
    this.state.colouring = colouring;
    this.hidden.clear();
    this.scheme = coloured(this.songs, this.state.method, colouring, this.colours());
    fillLegend(this.laid, this.scheme, colouring.name, this.hidden, () => this.draw());
    this.draw();
  }

  /** Draw the songs that are shown, as they are coloured now. */
  draw() {
    const { songs, scheme } = this;
    const { method } = this.state;
    this.shown = this.laid.filter((row) => !this.hidden.has(scheme.of(row)));
    const bySplit = byId('map-shapes').checked;
    const shape = (row) => (bySplit && SHAPES[songs.split(row)]) || 'circle';
    const styles = this.shown.map((row) => scheme.style(row));
    const columns = {
      x: this.shown.map((row) => this.places[0][row]),
      y: this.shown.map((row) => this.places[1][row]),
      fill: styles.map((each) => each.fill),
      line: styles.map((each) => each.line),
      marker: this.shown.map((row, at) => shape(row) + styles[at].ending),
      row: this.shown,
      words: this.shown.map((row) => words(songs, this.state, row)),
    };
    this.plot.draw(columns, songs.count > 5000 ? 5 : songs.count > 1000 ? 7 : 9);
    this.plot.write(numbers(this.shown, songs.clusters(method), this.places));
    byId('map-shape-key').hidden = !bySplit;
    this.emphasise(this.hits);
    this.mark();
  }

  emphasise(hits) {
    this.hits = hits;
    const shown = new Set(this.shown);
    const few = hits.length < this.songs.count ? hits.filter((row) => shown.has(row)) : [];
    this.plot.ring('found', few, this.places, ...(few.length > MANY ? [8, 1] : [13, 2]));
  }

  tapped(x, y, reach) {
    byId('map-figure').focus({ preventScroll: true });
    const [row] = nearest(this.shown, this.places, x, y, 1);
    if (row !== undefined && Math.hypot(this.places[0][row] - x, this.places[1][row] - y) <= reach) {
      this.choose(row, true);
    }
  }

  /** Come to a song that was asked for by name: where it is not on this map, on that of PCA. */
  go(row) {
    if (!this.songs.isLaid(this.state.method, this.state.way, row)) {
      const { ways } = this.songs.facts.methods[this.state.method];
      const all = ways.findIndex((way) => this.songs.isLaid(this.state.method, way, row));
      if (all < 0) {
        return;
      }
      this.search.say(`That song is not in the sample that ${this.state.way.name} lays out: this is ${ways[all].name}.`);
      byId('map-way').value = all;
      this.changeWay();
    }
    if (this.hidden.has(this.scheme.of(row))) {
      this.changeColour(); // which shows all again
    }
    this.choose(row, byId('map-follow').checked);
  }

  choose(row, heard) {
    this.current = row;
    this.trail = [...this.trail.slice(-50), row];
    const [xs, ys] = this.places;
    this.plot.reveal(xs[row], ys[row]);
    if (heard) {
      this.player.play(row);
    }
    this.mark();
  }

  /** Ring the song that was chosen, and tell of it. */
  mark() {
    const row = this.current;
    const seen = row !== null && this.songs.isLaid(this.state.method, this.state.way, row);
    this.plot.ring('current', seen ? [row] : [], this.places, 19, 3);
    if (row !== null) {
      const near = seen ? this.near(row, NEIGHBOURS) : [];
      fillCard(this.songs, this.player, this.state, row, near, (each) => this.go(each));
    }
  }

  near(row, most, besides = [row]) {
    const others = this.shown.filter((each) => !besides.includes(each));
    return nearest(others, this.places, this.places[0][row], this.places[1][row], most);
  }

  pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const step = {
      n: () => this.step(1),
      ArrowRight: () => this.step(1),
      p: () => this.step(-1),
      ArrowLeft: () => this.step(-1),
      ArrowDown: () => this.toNeighbour(),
      ' ': () => this.current !== null && this.player.toggle(this.current),
      '+': () => this.plot.zoom(true),
      '-': () => this.plot.zoom(false),
      0: () => this.plot.showWhole(),
    }[event.key];
    if (step) {
      event.preventDefault();
      step();
    }
  }

  /** Go to the next song that is shown, or the one before. */
  step(by) {
    const { shown } = this;
    if (shown.length) {
      const at = shown.indexOf(this.current);
      const next = at < 0 ? (by > 0 ? 0 : shown.length - 1) : (at + by + shown.length) % shown.length;
      this.go(shown[next]);
    }
  }

  /** Go to the nearest song where the walk has not been of late. */
  toNeighbour() {
    if (this.current === null) {
      this.step(1);
      return;
    }
    const [row] = this.near(this.current, 1, [this.current, ...this.trail]);
    if (row !== undefined) {
      this.go(row);
    }
  }
}
