/** The songs of the map: what is known of each, and where it lies by each method. */

const NOWHERE = 65_535;

class Songs {
  constructor(source, facts) {
    this.source = source;
    this.facts = facts;
    this.count = this.column('split').length;
  }

  column(name) {
    return this.source.get_column(name);
  }

  text(name, row) {
    return this.column(name)?.[row] ?? '';
  }

  id(row) {
    return this.text('id', row);
  }

  title(row) {
    return this.text('title', row) || this.id(row);
  }

  artist(row) {
    return this.text('artist', row);
  }

  split(row) {
    return this.facts.splits[this.column('split')[row] - 1] ?? '';
  }

  label(place, row) {
    return this.facts.labels[place].values[this.column(`label${place}`)[row] - 1] ?? '';
  }

  clusters(method) {
    return this.column(`cluster${method}`);
  }

  /** Say which cluster a song is in, with the suggested name where there is one. */
  clusterName(method, cluster) {
    if (cluster < 0) {
      return 'noise';
    }
    const name = this.facts.methods[method].names[cluster];
    return name === undefined ? `${cluster}` : `${cluster}: ${name}`;
  }

  /** Return the agreement of a song, 0 to 1, or null where there is none. */
  agreement(method, row) {
    const value = this.column(`agreement${method}`)?.[row] ?? -1;
    return value < 0 ? null : value / 100;
  }

  /** Return whether a song lies on a map, for which others are not laid out. */
  isLaid(method, way, row) {
    return this.column(`${way.key}${method}x`)[row] !== NOWHERE;
  }

  /** Return x and y of all songs by a projection of a method. */
  places(method, way) {
    return ['x', 'y'].map((axis, at) => {
      const steps = this.column(`${way.key}${method}${axis}`);
      return Float64Array.from(steps, (step) => way.low[at] + way.step * step);
    });
  }
}

/** Return the places of `rows` nearest to a point, nearest first. */
function nearest(rows, [xs, ys], x, y, most) {
  const far = (row) => (xs[row] - x) ** 2 + (ys[row] - y) ** 2;
  const found = [];
  for (const row of rows) {
    const distance = far(row);
    if (found.length < most || distance < found.at(-1).distance) {
      const before = found.findIndex((each) => each.distance > distance);
      found.splice(before < 0 ? found.length : before, 0, { row, distance });
      found.length = Math.min(found.length, most);
    }
  }
  return found.map((each) => each.row);
}

/** Return the middle of some numbers. */
function median(numbers) {
  return numbers.sort((one, other) => one - other)[Math.floor(numbers.length / 2)];
}
