"use strict";
// Times in the reader's zone, and new rows as they come. Without this script the page shows UTC and stays as it is.
(() => {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

  const localTimes = (root) => {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      if (isNaN(at)) continue;
      time.title = time.textContent;
      time.textContent = format.format(at);
    }
  };

  const tellZone = () => {
    const zone = document.querySelector(".zone");
    if (zone) zone.textContent = zone.dataset.zone + " " + Intl.DateTimeFormat().resolvedOptions().timeZone + ".";
  };

  const live = (box) => {
    const table = box.parentElement.querySelector("table.rows");
    const body = table.tBodies[0];
    const told = box.querySelector("[role=status]");
    const button = box.querySelector("button");
    const most = 300;
    let events = null, fresh = 0;

    const tell = (state, text) => {
      box.classList.toggle("paused", state === "paused");
      box.classList.toggle("lost", state === "lost");
      const words = fresh > 0 ? text + " (" + fresh + " " + told.dataset.new + ")" : text;
      if (told.textContent !== words) told.textContent = words;
    };

    const addRow = (event) => {
      const part = document.createElement("template");
      part.innerHTML = event.data;
      localTimes(part.content);
      const row = part.content.firstElementChild;
      if (!row) return;
      row.classList.add("fresh");
      body.prepend(row);
      while (body.rows.length > most) body.lastElementChild.remove();
      table.hidden = false;
      const note = table.previousElementSibling;
      if (note && note.classList.contains("note")) note.hidden = true;
      fresh++;
      tell("on", told.dataset.on);
    };

    const stop = () => {
      if (events) events.close();
      events = null;
    };

    const start = () => {
      events = new EventSource(box.dataset.live);
      events.addEventListener("open", () => tell("on", told.dataset.on));
      events.addEventListener("error", () => tell("lost", told.dataset.lost));
      events.addEventListener("row", addRow);
    };

    button.addEventListener("click", () => {
      const paused = events !== null;
      if (paused) {
        stop();
        tell("paused", told.dataset.off);
      } else {
        // What came meanwhile is only on the page anew.
        location.reload();
      }
      button.textContent = paused ? button.dataset.resume : button.dataset.pause;
    });
    box.hidden = false;
    start();
  };

  // On a narrow screen the navigation scrolls.
  const current = document.querySelector("nav [aria-current]");
  if (current) current.scrollIntoView({ block: "nearest", inline: "nearest" });

  localTimes(document);
  tellZone();
  for (const box of document.querySelectorAll("[data-live]")) live(box);
})();
