/** What is written on the map: words at the pointer, numbers amid the clusters. */

/** Return what stands at the pointer when it is over a song, a line for each thing known. */
function words(songs, state, row) {
  const known = facts(songs, state, row).filter(([name]) => !['id', 'artist'].includes(name));
  const title = [songs.title(row), songs.artist(row)].filter(Boolean).join(' – ');
  return [title, ...known.map(([name, value]) => `${name}: ${value}`)].join('\n');
}

/** Return the number of each cluster amid its songs. */
function numbers(rows, clusters, [xs, ys]) {
  const places = new Map();
  for (const row of rows) {
    if (clusters[row] >= 0) {
      const own = places.get(clusters[row]) ?? [[], []];
      own[0].push(xs[row]);
      own[1].push(ys[row]);
      places.set(clusters[row], own);
    }
  }
  const entries = [...places];
  return {
    x: entries.map(([, own]) => median(own[0])),
    y: entries.map(([, own]) => median(own[1])),
    text: entries.map(([cluster]) => `${cluster}`),
  };
}
