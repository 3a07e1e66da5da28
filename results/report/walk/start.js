/** What begins once the page is there. */

const content = (id) => JSON.parse(byId(id).textContent);

/** Fold the still pictures away, but for paper. */
function fold() {
  const still = document.querySelector('details.still');
  still.open = false;
  addEventListener('beforeprint', () => { still.open = true; });
  addEventListener('afterprint', () => { still.open = false; });
}

async function begin() {
  const given = content('map-facts');
  const player = new Player(content('map-sounds'), given.links);
  upgradeCards(player);
  byId('map').hidden = false;
  Bokeh.logger.set_level('warn');
  await Bokeh.embed.embed_item(content('map-item'));
  const figure = Bokeh.documents[0].get_model_by_name('map');
  new Walk(figure, given, player);
  fold();
  document.documentElement.dataset.map = 'ready';
}

begin();
