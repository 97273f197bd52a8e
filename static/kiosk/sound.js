// Three sounds, made here: up for welcome, twice the same for once more, one long low for the desk.

const SOUNDS = {
  granted: [[660, 0, 0.12], [990, 0.12, 0.22]],
  retry: [[440, 0, 0.12], [440, 0.2, 0.12]],
  desk: [[330, 0, 0.45]],
};
const VOLUME = 0.2;

let context = null;

// Browsers are silent until somebody has touched the page or a reader has typed.
export function wake() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume().catch(() => {});
}

export function play(name) {
  if (context?.state !== "running") return;
  for (const [pitch, after, lasts] of SOUNDS[name]) tone(pitch, context.currentTime + after, lasts);
}

function tone(pitch, begins, lasts) {
  const [oscillator, gain] = [context.createOscillator(), context.createGain()];
  oscillator.frequency.value = pitch;
  gain.gain.setValueAtTime(0, begins);
  gain.gain.linearRampToValueAtTime(VOLUME, begins + 0.015); // Soft ends, or it clicks.
  gain.gain.linearRampToValueAtTime(0, begins + lasts);
  oscillator.connect(gain).connect(context.destination);
  oscillator.start(begins);
  oscillator.stop(begins + lasts);
}
