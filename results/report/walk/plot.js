/** Bokeh's figure: what is drawn upon it, and which part of it is seen. */

const MARGIN = 1.08;
const REACH = 24; // pixels from a point that a finger may be off
const ZOOM = 1.5;

class Plot {
  constructor(figure) {
    this.figure = figure;
    this.pan = figure.select_one('pan');
    this.wheel = figure.select_one('wheel');
    this.points = figure.select_one('points');
    this.numbers = figure.select_one('numbers');
    this.rings = { found: figure.select_one('found'), current: figure.select_one('current') };
    this.box = null;
    this.isWhole = true;
    this.onlyByCtrl(true);
    for (const side of ['inner_width', 'inner_height']) {
      figure.properties[side].change.connect(() => this.resized());
    }
    for (const range of [figure.x_range, figure.y_range]) {
      range.change.connect(() => this.noteZoom());
    }
  }

  /** Take the wheel for the map, or leave it to the page unless Ctrl is held. */
  onlyByCtrl(only) {
    this.wheel.modifiers = only ? { ctrl: true } : {};
  }

  paint(colours) {
    const glyph = (name) => this.figure.select_one(name).glyph;
    glyph('found-ring').line_color = colours.ink;
    glyph('current-ring').line_color = colours.ink;
    glyph('numbers-text').text_color = colours.ink;
    glyph('numbers-text').background_fill_color = colours.paper;
  }

  draw(columns, size) {
    this.figure.select_one('songs').glyph.size = size;
    this.points.data = columns;
  }

  write(numbers) {
    this.numbers.data = numbers;
  }

  ring(name, rows, [xs, ys], size, width) {
    Object.assign(this.figure.select_one(`${name}-ring`).glyph, { size, line_width: width });
    this.rings[name].data = { x: rows.map((row) => xs[row]), y: rows.map((row) => ys[row]) };
  }

  /** Say between what ends all songs lie. */
  fit(rows, [xs, ys]) {
    const ends = (values) => rows.reduce(
      ([low, high], row) => [Math.min(low, values[row]), Math.max(high, values[row])],
      [Infinity, -Infinity],
    );
    this.box = rows.length ? [ends(xs), ends(ys)] : [[0, 1], [0, 1]];
    this.showWhole();
  }

  showWhole() {
    const { inner_width: width, inner_height: height } = this.figure;
    if (!this.box || !width || !height) {
      return;
    }
    const [x, y] = this.box;
    const unit = MARGIN * Math.max((x[1] - x[0]) / width, (y[1] - y[0]) / height) || 1 / width;
    this.whole = unit * width;
    this.show((x[0] + x[1]) / 2, (y[0] + y[1]) / 2, this.whole);
  }

  /** Keep what is seen when the figure has another size. */
  resized() {
    if (this.isWhole) {
      this.showWhole();
    } else {
      const { x, y, wide } = this.view;
      this.show(x, y, wide);
    }
  }

  /** Show the surroundings of a point, as wide as asked, a unit as long in both directions. */
  show(x, y, wide) {
    const high = (wide * this.figure.inner_height) / this.figure.inner_width;
    this.figure.x_range.setv({ start: x - wide / 2, end: x + wide / 2 });
    this.figure.y_range.setv({ start: y - high / 2, end: y + high / 2 });
  }

  get view() {
    const { x_range: x, y_range: y } = this.figure;
    return { x: (x.start + x.end) / 2, y: (y.start + y.end) / 2, wide: x.end - x.start, high: y.end - y.start };
  }

  zoom(closer) {
    const { x, y, wide } = this.view;
    this.show(x, y, closer ? wide / ZOOM : Math.min(wide * ZOOM, 2 * this.whole));
  }

  /** Move a point into sight that is out of it. */
  reveal(x, y) {
    const { x: middle, y: centre, wide, high } = this.view;
    if (Math.abs(x - middle) > wide * 0.46 || Math.abs(y - centre) > high * 0.46) {
      this.show(x, y, wide);
    }
  }

  /** Let a finger move the map once it is zoomed in; till then it moves the page. */
  noteZoom() {
    const { x_range: range } = this.figure;
    this.isWhole = Math.abs(range.end - range.start - this.whole) < this.whole / 1000;
    this.pan.active = !(this.isWhole && matchMedia('(pointer: coarse)').matches);
  }

  /** Call back with the point that is tapped, and how far from it a song may be. */
  onTap(callback) {
    this.figure.on_event('tap', ({ x, y }) => {
      callback(x, y, (REACH * this.view.wide) / this.figure.inner_width);
    });
  }
}
