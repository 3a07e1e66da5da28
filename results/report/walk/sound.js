/** One element of the page that plays the sounds that are in it. */

class Player {
  constructor(sounds, links) {
    this.sounds = sounds;
    this.links = links;
    this.audio = document.createElement('audio');
    this.audio.id = 'sound';
    document.body.append(this.audio);
    this.row = null;
    this.watchers = [];
    for (const event of ['play', 'pause', 'ended']) {
      this.audio.addEventListener(event, () => this.watchers.forEach((watch) => watch()));
    }
  }

  has(row) {
    return row in this.sounds;
  }

  isPlaying(row) {
    return this.row === row && !this.audio.paused;
  }

  play(row) {
    if (!this.has(row)) {
      this.audio.pause();
      return;
    }
    if (this.row !== row) {
      this.audio.src = `data:audio/mpeg;base64,${this.sounds[row]}`;
      this.row = row;
    }
    this.audio.currentTime = 0;
    this.audio.play().catch(() => {}); // the browser does not play it: then it is silent
  }

  toggle(row) {
    if (this.isPlaying(row)) {
      this.audio.pause();
    } else {
      this.play(row);
    }
  }

  /** Return a button that plays a song and says whether it does. */
  button(row, name) {
    const sign = element('span', { ariaHidden: 'true' }, '▶');
    const button = element('button', { type: 'button', className: 'play' }, sign, ' ', name);
    const show = () => {
      const playing = this.isPlaying(row);
      sign.textContent = playing ? '❚❚' : '▶';
      button.setAttribute('aria-pressed', `${playing}`);
    };
    button.addEventListener('click', () => this.toggle(row));
    this.watchers.push(show);
    show();
    return button;
  }
}

/** Turn what the page names as playable into buttons, where its sound is in the page. */
function upgradeCards(player) {
  for (const each of document.querySelectorAll('.play[data-song]')) {
    const row = Number(each.dataset.song);
    if (player.has(row)) {
      each.replaceWith(player.button(row, element('bdi', {}, each.textContent)));
    }
  }
}

/** Return a new element; text in it stays text. */
function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}
