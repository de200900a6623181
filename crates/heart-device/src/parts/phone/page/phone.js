// The page in a hand: joins, keeps talking, and says presses as presses.
//
// Words are described in parts/phone/word.rs. Nothing that was said while the way was down is
// kept: what is pressed then is not pressed.
"use strict";

const BEAT_MS = 300;
const DEAF_MS = 1000; // no answer for this long: not live
const DEAD_MS = 3000; // no answer for this long: a new connection
const HOLD_MS = 450; // a held arrow goes on after this
const AGAIN_MS = 160; // and then this often
const TEXT_CHARS = 280;
const TEXT_BYTES = 512;

const $ = (id) => document.getElementById(id);
const now = () => Math.round(performance.now() * 10) / 10;

let socket = null;
let heard = 0;
let live = false;
let beats = 0;
let retry = 0;
let retryMs = 500;
let token = location.hash.slice(1);

const WORDS = {
  joining: "joining…",
  reconnecting: "reconnecting…",
  live: "live",
  stopped: "not connected",
};

function show(state, word = WORDS[state]) {
  if (document.body.dataset.state !== state || $("word").textContent !== word) {
    document.body.dataset.state = state;
    $("word").textContent = word;
  }
}

function veil(why, what) {
  $("veil").hidden = !why;
  $("why").textContent = why || "";
  $("what").textContent = what || "";
}

function say(word) {
  if (socket && socket.readyState === WebSocket.OPEN) {
    socket.send(JSON.stringify({ at: now(), ...word }));
    return true;
  }
  return false;
}

// --- the way ---------------------------------------------------------------------------------

async function join() {
  clearTimeout(retry);
  let status = 0;
  try {
    const answer = await fetch("/join", { method: "POST", body: token, cache: "no-store" });
    status = answer.status;
  } catch {
    status = 0;
  }
  if (status === 204) {
    // The token is spent; what stays in the address would only mislead.
    token = "";
    if (location.hash) history.replaceState(null, "", "/");
    veil();
    connect();
  } else if (status === 401 || status === 403) {
    show("stopped");
    veil("Scan the code again", "Each code lets one phone in. Ask for the current one.");
  } else if (status === 503) {
    show("stopped", "full");
    veil("It is full", "Eight phones are here already. Your place comes up when one leaves.");
    later(5000);
  } else {
    show("reconnecting");
    later();
  }
}

function later(ms) {
  clearTimeout(retry);
  retry = setTimeout(join, ms ?? retryMs);
  retryMs = Math.min(retryMs * 2, 4000);
}

function connect() {
  hangUp();
  const way = new WebSocket(location.origin.replace(/^http/, "ws") + "/talk");
  socket = way;
  heard = performance.now();
  way.onopen = () => {
    beat();
    setTimeout(beat, 120);
    beats = setInterval(beat, BEAT_MS);
  };
  way.onmessage = (message) => {
    if (way !== socket) return;
    heard = performance.now();
    const said = JSON.parse(message.data);
    if (said.slow) return flash("one moment…");
    if ("live" in said) {
      live = said.live;
      if (live) {
        retryMs = 500;
        show("live");
      }
    }
  };
  way.onclose = (end) => {
    if (way !== socket) return;
    hangUp();
    if (end.code === 4409) {
      show("stopped", "elsewhere");
      return veil("Open elsewhere", "This phone speaks from another page now.");
    }
    show("reconnecting");
    later(end.code === 1008 ? 4000 : undefined);
  };
}

function hangUp() {
  clearInterval(beats);
  letGo();
  live = false;
  const way = socket;
  socket = null;
  if (way) way.close();
}

function beat() {
  const deaf = performance.now() - heard;
  if (deaf > DEAD_MS) {
    hangUp();
    show("reconnecting");
    return later();
  }
  if (deaf > DEAF_MS) {
    live = false;
    letGo();
    show("reconnecting");
  }
  say({ do: "beat" });
}

function flash(word) {
  show("live", word);
  setTimeout(() => live && show("live"), 1500);
}

// --- keys ------------------------------------------------------------------------------------

// Which pointers (and the keyboard) hold each key: several fingers are one press.
const holders = new Map();
const repeats = new Map();

function down(key, who) {
  if (!live) return;
  const fingers = holders.get(key.dataset.key) ?? new Set();
  holders.set(key.dataset.key, fingers.add(who));
  if (fingers.size > 1) return;
  key.dataset.down = "";
  say({ do: "press", key: key.dataset.key });
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(8);
  const step = { left: -1, right: 1 }[key.dataset.key];
  if (step) {
    const again = () => {
      say({ do: "browse", step });
      repeats.set(key, setTimeout(again, AGAIN_MS));
    };
    repeats.set(key, setTimeout(again, HOLD_MS));
  }
}

function up(key, who, how) {
  const fingers = holders.get(key.dataset.key);
  if (!fingers?.delete(who) || fingers.size) return;
  delete key.dataset.down;
  clearTimeout(repeats.get(key));
  say({ do: how, key: key.dataset.key });
}

function letGo() {
  let held = false;
  for (const key of document.querySelectorAll(".key")) {
    held ||= (holders.get(key.dataset.key)?.size ?? 0) > 0;
    holders.get(key.dataset.key)?.clear();
    delete key.dataset.down;
    clearTimeout(repeats.get(key));
  }
  if (held) say({ do: "cancel" });
}

for (const key of document.querySelectorAll(".key")) {
  key.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    key.setPointerCapture(event.pointerId);
    down(key, event.pointerId);
  });
  key.addEventListener("pointerup", (event) => up(key, event.pointerId, "release"));
  key.addEventListener("pointercancel", (event) => up(key, event.pointerId, "cancel"));
  key.addEventListener("lostpointercapture", (event) => up(key, event.pointerId, "cancel"));
  key.addEventListener("contextmenu", (event) => event.preventDefault());
  const isPress = (event) => event.key === "Enter" || event.key === " ";
  key.addEventListener("keydown", (event) => {
    if (!isPress(event)) return;
    event.preventDefault();
    if (!event.repeat) down(key, "keyboard");
  });
  key.addEventListener("keyup", (event) => isPress(event) && up(key, "keyboard", "release"));
  key.addEventListener("blur", () => up(key, "keyboard", "cancel"));
}
// iOS before 16 knows no `touch-action: none`; and a double tap must not zoom.
document.querySelector(".pad").addEventListener("touchstart", (event) => event.preventDefault(), {
  passive: false,
});
document.addEventListener("gesturestart", (event) => event.preventDefault());

// --- words -----------------------------------------------------------------------------------

const encoder = new TextEncoder();

// Characters that are left, by their number and by their weight on the wire.
function left(text) {
  const characters = TEXT_CHARS - [...text].length;
  const bytes = TEXT_BYTES - encoder.encode(text).length;
  return Math.min(characters, bytes);
}

function count() {
  const text = $("text").value.trim();
  const rest = left(text);
  $("left").textContent = rest;
  $("left").toggleAttribute("data-over", rest < 0);
  $("send").disabled = !text || rest < 0;
}

$("text").addEventListener("input", count);
$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("text").value.trim();
  if (!live || !text || left(text) < 0) return;
  if (say({ do: "text", text })) {
    $("text").value = "";
    count();
  }
});
for (const button of document.querySelectorAll("[data-emoji]")) {
  button.addEventListener("click", () => live && say({ do: "emoji", name: button.dataset.emoji }));
}

// --- coming and going ------------------------------------------------------------------------

document.addEventListener("visibilitychange", () => {
  if (document.hidden) letGo();
  else if (!socket) join();
  else beat();
});
addEventListener("pagehide", hangUp);
addEventListener("pageshow", (event) => event.persisted && join());
addEventListener("hashchange", () => {
  // The same tab scanned a new code.
  token = location.hash.slice(1);
  if (token) join();
});
$("again").addEventListener("click", join);

count();
join();
