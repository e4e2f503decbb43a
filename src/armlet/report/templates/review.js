"use strict";
(() => {
  const page = document.documentElement;
  const questions = [...document.querySelectorAll(".question")];
  const record = document.querySelector(".record");
  const key = document.body.dataset.key;
  page.classList.add("scripted");

  // --- What has been ticked and written, kept in this browser where it can be -----------------------------------------
  const load = () => { try { return JSON.parse(localStorage.getItem(key)) || {}; } catch { return {}; } };
  const save = () => {
    const kept = {};
    for (const one of questions) kept[one.dataset.id] = read(one);
    try { localStorage.setItem(key, JSON.stringify(kept)); } catch { /* private window or full: kept on the page only */ }
  };
  const box = (one) => one.querySelector(".tick input");
  const field = (one, name) => one.querySelector(`.answer input[name=${name}]`);
  const read = (one) => ({
    done: box(one).checked, answer: field(one, "answer").value,
    because: field(one, "because").value, confirm: field(one, "confirm").value,
  });
  const progress = document.querySelector(".progress");
  const show = () => {
    const who = document.getElementById("who").value;
    const onlyOpen = document.getElementById("only-open").checked;
    let done = 0, written = 0;
    for (const one of questions) {
      const kept = read(one);
      done += kept.done;
      written += kept.answer.trim() !== "";
      one.classList.toggle("done", kept.done);
      one.hidden = (who && one.dataset.who !== who) || (onlyOpen && kept.done);
      for (const option of one.querySelectorAll("button.option"))
        option.setAttribute("aria-pressed", String(option.textContent === kept.answer));
    }
    progress.textContent = `${done} of ${questions.length} ticked, ${written} answered`;
  };
  const changed = () => { save(); show(); };

  for (const [id, kept] of Object.entries(load())) {
    const one = questions.find((it) => it.dataset.id === id);
    if (!one) continue;
    box(one).checked = Boolean(kept.done);
    for (const name of ["answer", "because", "confirm"]) field(one, name).value = kept[name] || "";
    one.querySelector("details").open = Boolean(kept.answer);
  }
  for (const one of questions) {
    for (const option of one.querySelectorAll(".option")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "option";
      button.textContent = option.textContent;
      button.addEventListener("click", () => { field(one, "answer").value = option.textContent; one.querySelector("details").open = true; changed(); });
      option.replaceWith(button);
    }
    one.addEventListener("input", changed);
    one.addEventListener("change", changed);
  }
  // One answer for a run of questions that ask the same of one criterion after the other.
  questions.forEach((first, place) => {
    if ("like" in first.dataset) return;
    const alike = [];
    for (const one of questions.slice(place + 1)) {
      if (!("like" in one.dataset)) break;
      alike.push(one);
    }
    if (!alike.length) return;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `Use it for the ${alike.length} like it, where nothing is written`;
    button.addEventListener("click", () => {
      for (const one of alike) {
        if (field(one, "answer").value.trim()) continue;
        for (const name of ["answer", "because", "confirm"]) field(one, name).value = field(first, name).value;
        one.querySelector("details").open = field(first, "answer").value !== "";
      }
      changed();
    });
    first.querySelector("details").append(button);
  });
  if (questions.length) {
    document.getElementById("who").addEventListener("change", show);
    document.getElementById("only-open").addEventListener("change", show);
    show();
  }

  // --- The answers as YAML: a JSON string is a YAML string -------------------------------------------------------------
  const quoted = (text) => JSON.stringify(text.trim()).replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const write = () => JSON.parse(document.getElementById("blocks").textContent).map((block) => {
    const kept = read(questions.find((it) => it.dataset.id === block.id));
    if (!kept.answer.trim()) return `${block.before}\n    answer: null`;
    return `${block.before}\n    answer: ${quoted(kept.answer)}\n    because: ${quoted(kept.because)}`
      + `\n    confirm: ${quoted(kept.confirm)}`;
  }).join("\n") + "\n";
  const make = document.getElementById("make");
  if (make) make.addEventListener("click", () => {
    const out = document.getElementById("yaml");
    out.value = write();
    out.focus();
    out.select();
  });

  // --- From a statement to its words and back --------------------------------------------------------------------------
  const light = (...lit) => {
    for (const one of document.querySelectorAll(".lit")) one.classList.remove("lit");
    for (const one of lit) if (one) one.classList.add("lit");
  };
  const back = document.querySelector(".back");
  let from = null;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const to = link && document.getElementById(link.getAttribute("href").slice(1));
    if (!to || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (!record.contains(to)) {
      const question = to.closest(".question");
      if (question) question.hidden = false;
      if (to.matches(".question, .part")) light(to);
      return;
    }
    const every = [to];
    const quotes = link.closest(".quotes, .same");
    if (quotes) for (const other of quotes.querySelectorAll("a")) every.push(document.getElementById(other.getAttribute("href").slice(1)));
    light(...every);
    to.classList.add("lit");
    from = link;
    back.hidden = false;
    if (getComputedStyle(record).position === "sticky") {
      event.preventDefault();
      const box = to.getBoundingClientRect(), pane = record.getBoundingClientRect();
      record.scrollTop += box.top - pane.top - pane.height / 3;
    }
  });
  document.getElementById("back").addEventListener("click", () => {
    if (from) { from.scrollIntoView({ block: "center" }); from.focus({ preventScroll: true }); }
    back.hidden = true;
  });
})();
