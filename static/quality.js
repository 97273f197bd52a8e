// How good one camera picture is, from its pixels alone: light, sharpness, and where the browser can find faces,
// how many and how large. Nothing else is looked at, nothing leaves the browser.

const SIDE = 160;
const DARK = 60;
const BRIGHT = 205;
const SHARP = 18;
const FAR = 0.16;
const canvas = document.createElement("canvas");
const detector = "FaceDetector" in window ? new window.FaceDetector({ maxDetectedFaces: 3, fastMode: true }) : null;

// Answers one of: good, dark, bright, blurred, nobody, several, far.
export async function judge(video) {
  if (!video.videoWidth) return "good";
  canvas.width = SIDE;
  canvas.height = Math.round((SIDE * video.videoHeight) / video.videoWidth);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(video, 0, 0, canvas.width, canvas.height);
  const grey = greyOf(context.getImageData(0, 0, canvas.width, canvas.height).data);
  const light = mean(grey);
  if (light < DARK) return "dark";
  if (light > BRIGHT) return "bright";
  return (await facesSay(video)) ?? (sharpness(grey, canvas.width) < SHARP ? "blurred" : "good");
}

async function facesSay(video) {
  if (!detector) return null;
  try {
    const faces = await detector.detect(video);
    if (faces.length !== 1) return faces.length ? "several" : "nobody";
    return faces[0].boundingBox.width / video.videoWidth < FAR ? "far" : null;
  } catch {
    return null;
  }
}

function greyOf(pixels) {
  const grey = new Float32Array(pixels.length / 4);
  for (let i = 0; i < grey.length; i++)
    grey[i] = 0.299 * pixels[4 * i] + 0.587 * pixels[4 * i + 1] + 0.114 * pixels[4 * i + 2];
  return grey;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

// The variance of the Laplacian: edges make it large, blur makes it small.
function sharpness(grey, width) {
  const edges = [];
  for (let i = width + 1; i < grey.length - width - 1; i++)
    edges.push(grey[i - 1] + grey[i + 1] + grey[i - width] + grey[i + width] - 4 * grey[i]);
  const middle = mean(edges);
  return edges.reduce((sum, edge) => sum + (edge - middle) ** 2, 0) / edges.length;
}
