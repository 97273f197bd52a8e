// The enrolment desk: takes a few pictures with the webcam and sends them once. They live in this page's
// memory only, and are cleared as soon as they are sent. The nonce says which sitting they belong to, and is good once.

import { judge } from "./quality.js";

const LOOK_EVERY = 500;
const desk = document.getElementById("desk");
if (desk) begin(desk);

function begin(form) {
  const words = form.dataset;
  const most = Number(words.most);
  const poses = words.poses.split("|");
  const [camera, guide, quality, taken] = ["camera", "guide", "quality", "taken"].map((id) => document.getElementById(id));
  const buttons = ["start", "shoot", "send", "again", "restart", "done"].map((id) => document.getElementById(id));
  const [start, shoot, send, again, restart, done] = buttons;
  let pictures = [];
  let nonce = words.nonce;

  start.addEventListener("click", openCamera);
  shoot.addEventListener("click", takePicture);
  send.addEventListener("click", sendPictures);
  again.addEventListener("click", startAgain);
  window.addEventListener("pagehide", closeCamera);
  setInterval(hint, LOOK_EVERY);

  async function openCamera() {
    try {
      const wanted = { video: { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 } }, audio: false };
      camera.srcObject = await navigator.mediaDevices.getUserMedia(wanted);
      await camera.play();
      document.getElementById("before").hidden = true;
      startAgain();
    } catch {
      say(words.denied);
    }
  }

  function closeCamera() {
    camera.srcObject?.getTracks().forEach((track) => track.stop());
    camera.srcObject = null;
  }

  function startAgain() {
    forget();
    if (!camera.srcObject) return openCamera();
    show(shoot);
    askForNext();
    shoot.focus();
  }

  async function takePicture() {
    shoot.disabled = true;
    await nextFrame();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [camera.videoWidth, camera.videoHeight];
    canvas.getContext("2d").drawImage(camera, 0, 0);
    const picture = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.9));
    shoot.disabled = false;
    pictures.push(picture);
    const item = document.createElement("li");
    item.append(canvas);
    taken.append(item);
    if (pictures.length < most) {
      askForNext();
      return shoot.focus();
    }
    say(words.ready);
    show(send, again);
    send.focus();
  }

  // A hand is quicker than a slow camera: two presses must not take one and the same frame.
  function nextFrame() {
    return new Promise((resolve) => (camera.requestVideoFrameCallback?.(resolve) ?? resolve()));
  }

  async function sendPictures() {
    const body = new FormData(form);
    pictures.forEach((picture, index) => body.append("image", picture, `${index + 1}.jpg`));
    show();
    say(words.sending);
    try {
      // A redirect would lead to the sign-in page.
      const headers = { Accept: "application/json", "Enrollment-Nonce": nonce };
      const options = { method: "POST", body, headers, redirect: "manual" };
      const response = await fetch(form.action, options);
      forget();
      if (response.type === "opaqueredirect") return end(words.signedOut, again);
      const answer = await response.json();
      nonce = answer.nonce;
      if (nonce) return end(answer.message, again, done);
      closeCamera();
      document.getElementById("stop").hidden = true;
      if (answer.state === "refused") return end(answer.message, restart, done);
      end(answer.message, done);
    } catch {
      forget();
      end(words.failed, again, done);
    }
  }

  async function hint() {
    const shown = camera.srcObject && !shoot.hidden;
    const found = shown ? await judge(camera) : "";
    const sentence = found ? words[found] : "";
    quality.className = found === "good" ? "quality good" : "quality";
    if (quality.textContent !== sentence) quality.textContent = sentence;
  }

  function end(sentence, ...next) {
    say(sentence);
    show(...next);
    next[0].focus();
  }

  function forget() {
    taken.querySelectorAll("canvas").forEach((canvas) => (canvas.width = canvas.height = 0));
    taken.replaceChildren();
    pictures = [];
  }

  function askForNext() {
    const progress = words.progress.replace("%n", pictures.length + 1).replace("%m", most);
    say(`${progress}: ${poses[pictures.length % poses.length]}`);
  }

  function say(sentence) {
    guide.textContent = sentence;
  }

  function show(...visible) {
    buttons.forEach((button) => (button.hidden = !visible.includes(button)));
  }
}
