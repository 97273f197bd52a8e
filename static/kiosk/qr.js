// Finds a card in the camera's picture, on this device: by the browser's own decoder, else by one that the
// school has put beside these files (`make models`). No picture leaves the page for it.

const LOOK_EVERY_MS = 150;
const SIZE = { width: 640, height: 480 };

// Returns a function from a video to the text in it, or null where nothing here can decode.
export async function decoder(script) {
  if ("BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats()).includes("qr_code")) {
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue ?? "";
  }
  if (!script) return null;
  await import(script);
  const canvas = Object.assign(document.createElement("canvas"), SIZE);
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    pen.drawImage(video, 0, 0, SIZE.width, SIZE.height);
    const { data } = pen.getImageData(0, 0, SIZE.width, SIZE.height);
    return window.jsQR(data, SIZE.width, SIZE.height, { inversionAttempts: "dontInvert" })?.data ?? "";
  };
}

// Returns the card that is held to the camera, or null once `goesOn` says it is enough.
export async function findCard(video, decode, pattern, goesOn) {
  const card = new RegExp(`^${pattern}$`);
  while (goesOn()) {
    const text = (await decode(video)).trim().toUpperCase();
    if (card.test(text)) return text;
    await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
  }
  return null;
}
