// SPDX-License-Identifier: GPL-3.0-or-later
// The page in a real browser, as staff and customers use it; see tests/web/browser, which starts this and says by the
// environment where everything is. Prints a line a check.
"use strict";
const { execFileSync } = require("child_process");
const path = require("path");
const { chromium } = require(process.env.MODULES + "/playwright-core");
const axe = require(process.env.MODULES + "/axe-core").source;

const url = process.env.PAGE, shots = process.env.SHOTS;
let passed = 0, failed = 0;

const check = (name, ok, detail) => {
  console.log((ok ? "ok - " : "not ok - ") + name + (ok ? "" : "\n" + detail));
  ok ? passed++ : failed++;
};

const send = (subject, recipient, body) => {
  const mail = `From: s@example.org\nSubject: ${subject}\nMessage-ID: <${Date.now()}@example.org>\n` +
    `Date: Mon, 30 Nov 2026 20:00:00 +0000\n\n${body}\n`;
  execFileSync(process.env.ASSAY, ["probe", "--rcpt", recipient, process.env.FILTER], { input: mail });
};

// Whatever a browser complains of is a failure: errors, what the policy blocked, other hosts.
const watch = (page, name, complaints) => {
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(name + ": " + message.text());
  });
  page.on("pageerror", (error) => complaints.push(name + ": " + error.message));
  page.on("dialog", (dialog) => { complaints.push(name + ": dialog " + dialog.message()); dialog.dismiss(); });
  page.on("request", (request) => {
    if (!request.url().startsWith(url)) complaints.push(name + ": asks " + request.url());
  });
};

// The policy lets no script in but ours, so axe comes in by the debugger's door.
const accessible = async (page, name) => {
  await page.evaluate(axe);
  const result = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  const serious = result.violations.filter((found) => ["serious", "critical", "moderate"].includes(found.impact));
  check(`axe finds nothing serious: ${name}`, serious.length === 0,
        serious.map((found) => `${found.id}: ${found.help}: ${found.nodes.map((node) => node.html).join(" | ").slice(0, 600)}`).join("\n"));
};

const fits = async (page, name) => {
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  check(`no scrolling sideways: ${name}`, wide <= room, `${wide} > ${room}`);
};

// Of the charts' texts, that none is cut off or over another.
const labels = async (page, name) => {
  const faults = await page.evaluate(() => {
    const found = [];
    for (const chart of document.querySelectorAll("svg.chart")) {
      const around = chart.getBoundingClientRect();
      const texts = [...chart.querySelectorAll("text")].map((text) => [text.textContent, text.getBoundingClientRect()]);
      texts.forEach(([text, box], i) => {
        if (box.left < around.left || box.right > around.right || box.top < around.top || box.bottom > around.bottom)
          found.push(`"${text}" is cut off`);
        for (const [other, at] of texts.slice(i + 1))
          if (box.left < at.right && at.left < box.right && box.top < at.bottom && at.top < box.bottom)
            found.push(`"${text}" is over "${other}"`);
      });
    }
    return found;
  });
  check(`labels of charts are apart: ${name}`, faults.length === 0, faults.join("\n"));
};

const shot = (page, name) => page.screenshot({ path: path.join(shots, name + ".png"), fullPage: true });

// What asks the page itself, so not where it may run no script.
const looks = async (page, who, name) => {
  await accessible(page, `${who}, ${name}`);
  await fits(page, `${who}, ${name}`);
  await labels(page, `${who}, ${name}`);
  await shot(page, `${who}-${name}`);
};

const tour = async (browser, who, open, options, names, complaints) => {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  watch(page, who, complaints);
  await page.goto(open);
  await page.waitForURL(url + "/");
  for (const name of names) {
    await page.click(`nav a[href="${name}"]`);
    await page.waitForLoadState("load");
    await page.waitForTimeout(150);
    await looks(page, who, name);
  }
  return page;
};

// The message that the browser is given as a file, where the filter has no copy.
const minutes = "From: <sender@example.org>\nTo: someone\nSubject: Minutes\nMessage-ID: <minutes@example.org>\n" +
  "Date: Mon, 30 Nov 2026 20:00:00 +0000\n\nhello\n";

// Said of a dropped message, of which there is a copy, and of another one.
const mistakeFlow = async (page, name) => {
  for (const [id, button, file] of [["pills2@example.org", "It is good mail", null], ["minutes@example.org", "It is spam", minutes]]) {
    await page.goto(url + "/message?id=" + id);
    await page.click(`text=${button}`);
    check(`it is asked before it is learned: ${name}, ${id}`, (await page.textContent("main")).includes("Shall this message"),
          await page.textContent("main"));
    if (name !== "plain") await looks(page, name, "mistake");
    if (file) await page.setInputFiles("#f-file", { name: "mail.eml", mimeType: "message/rfc822", buffer: Buffer.from(file) });
    await page.click("main form button");
    check(`a mistake is kept and learned: ${name}, ${id}`, (await page.textContent("main")).includes("and learned"),
          await page.textContent("main"));
  }
};

const listsFlow = async (page, name) => {
  await page.click('nav a[href="lists"]');
  await page.fill("#f-sender", "shop.example");
  await page.click('main button[value="welcome"]');
  await page.click("text=Put it into the list");
  check(`a sender is welcomed: ${name}`, (await page.textContent("main")).includes("*@shop.example is welcome"),
        await page.textContent("main"));
  await page.click('nav a[href="lists"]');
  check(`and in the list: ${name}`, (await page.textContent("table.rows")).includes("*@shop.example"), await page.textContent("main"));
  if (name !== "plain") await looks(page, name, "lists");
  await page.click('table.rows tr:has-text("shop.example") button');
  await page.click('nav a[href="lists"]');
  check(`and out of it: ${name}`, !(await page.textContent("main")).includes("shop.example"), await page.textContent("main"));
};

// What another threshold would have done.
const tuneFlow = async (page) => {
  await page.click('nav a[href="tune"]');
  await page.fill("#f-forward_discard_score", "8");
  await page.click("main button");
  check("a threshold is tried", (await page.textContent("main h2")).includes("would be treated differently"),
        await page.textContent("main"));
  await looks(page, "staff", "tune");
};

const staffFlow = async (browser, complaints) => {
  const page = await tour(browser, "staff", process.env.STAFF, { viewport: { width: 1280, height: 800 } },
                          ["overview", "discards", "rejects", "infected", "deliveries", "search"], complaints);
  await page.fill("#f-q", "<pills@example.org>");
  await page.click("main button");
  check("a Message-ID with brackets is found", (await page.textContent("main h2")).startsWith("1 "), await page.textContent("main"));
  await page.click("table.rows td.subject a");
  const text = await page.textContent("main");
  check("one message tells its rules", text.includes("SELLS_PILLS") && text.includes("+7.5") && text.includes("Dropped"), text);
  await looks(page, "staff", "message");
  await page.click("text=It was right");
  check("what was asked for is done", (await page.textContent("main")).includes("Done"), await page.textContent("main"));
  await shot(page, "staff-act");
  await tuneFlow(page);
  await mistakeFlow(page, "staff");
  await listsFlow(page, "staff");
  await page.context().close();
};

// What staff see on a telephone.
const phoneFlow = async (browser, complaints) => {
  const page = await tour(browser, "phone", process.env.STAFF, { viewport: { width: 360, height: 740 }, isMobile: true },
                          ["overview", "tune"], complaints);
  const account = "v".repeat(60) + "@" + ("w".repeat(60) + ".").repeat(3) + "example";
  send("x".repeat(180), account, "unbroken");
  for (const name of ["overview", "search?since=all&q=xxx", "tune?since=all&required_score=0"]) {
    await page.goto(url + "/" + name);
    await fits(page, "phone, long words, " + name);
  }
  check("each cell says what it is", (await page.locator("table.rows td:not([data-label])").count()) === 0, "");
  await page.click("table.rows td.subject a >> text=xxxxx");
  check("the long rule is shown", (await page.textContent("main")).includes("unbrokenunbroken"), await page.textContent("main"));
  await looks(page, "phone", "message");
  await page.context().close();
};

const liveFlow = async (browser, complaints) => {
  const context = await browser.newContext({ timezoneId: "Asia/Tokyo", locale: "en-GB" });
  const page = await context.newPage();
  watch(page, "live", complaints);
  await page.goto(process.env.STAFF);
  await page.waitForURL(url + "/");
  await page.goto(url + "/deliveries");
  await page.waitForFunction(() => !document.querySelector(".live").hidden && document.querySelector("[role=status]").textContent.startsWith("Live"));
  check("times are the reader's", (await page.textContent("footer")).includes("Asia/Tokyo") && !(await page.textContent("table.rows td.time")).includes("UTC"), "");
  send("Live row", "live@example.com", "hello");
  const sent = Date.now();
  await page.waitForSelector("table.rows tr.fresh >> text=Live row", { timeout: 15000 });
  const took = Date.now() - sent;
  check("a new row comes within two seconds", took < 2000 || process.env.SLOW === "1", `${took} ms`);
  check("it is told to screen readers", (await page.textContent("[role=status]")).includes("1 new"), await page.textContent("[role=status]"));
  await shot(page, "live");
  await page.click(".live button");
  send("While paused", "paused@example.com", "hello");
  await page.waitForTimeout(2500);
  check("nothing comes while it is paused", !(await page.textContent("table.rows")).includes("While paused"), "");
  await page.click(".live button");
  await page.waitForSelector("table.rows >> text=While paused");
  check("going on shows what came meanwhile", true, "");
  await page.goto(url + "/discards?to=nobody.example");
  await page.waitForFunction(() => !document.querySelector(".live").hidden);
  check("an empty list is live, too", await page.isVisible("text=Nothing was found"), "");
  await context.close();
};

const keyboardFlow = async (browser, complaints) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  watch(page, "keyboard", complaints);
  await page.goto(process.env.STAFF);
  await page.waitForURL(url + "/");
  await page.keyboard.press("Tab");
  check("the first key leads to the content", (await page.evaluate(() => document.activeElement.getAttribute("href"))) === "#content", "");
  await page.goto(url + "/search");
  await page.focus("#f-q");
  await page.keyboard.type("spammer");
  await page.keyboard.press("Enter");
  await page.waitForSelector("table.rows");
  check("search by keyboard", (await page.textContent("table.rows")).includes("spammer@bad.example"), "");
  await context.close();
};

const customerFlow = async (browser, complaints) => {
  const page = await tour(browser, "customer", process.env.CUSTOMER, { viewport: { width: 390, height: 844 }, isMobile: true },
                          ["discards", "rejects", "deliveries", "search"], complaints);
  await page.goto(url + "/deliveries?since=all");
  const text = await page.textContent("main");
  check("a customer sees his mail and no other", text.includes("joe@example.com") && !text.includes("ann@example.net"), text);
  await page.click("table.rows td.subject a");
  await looks(page, "customer", "message");
  await listsFlow(page, "customer");
  await page.click("text=Leave");
  check("leaving", (await page.textContent("main")).includes("shows nothing any more"), "");
  const answer = await page.goto(url + "/deliveries");
  check("after that, nothing is shown", answer.status() === 403, "");
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !text.includes("403")));
  await accessible(page, "nobody");
  await shot(page, "nobody");
  await page.context().close();
};

const hostileFlow = async (browser, complaints) => {
  const context = await browser.newContext();
  const page = await context.newPage();
  watch(page, "hostile", complaints);
  await page.goto(process.env.STAFF);
  await page.waitForURL(url + "/");
  for (const name of ["discards", "deliveries", "search?q=script&since=all", "tune?forward_discard_score=8"]) {
    await page.goto(url + "/" + name);
    const text = await page.textContent("main");
    check(`a hostile Subject is text: ${name}`, text.includes("<script>alert(1)</script>"), text);
    check(`and nothing else: ${name}`, (await page.locator("main script, main img, main i").count()) === 0, "");
  }
  const deliveries = page.locator("table.rows");
  send("<img src=x onerror=alert(3)>", "live@example.com", "hello");
  await page.goto(url + "/deliveries");
  await page.waitForFunction(() => !document.querySelector(".live").hidden);
  send("<img src=y onerror=alert(4)>", "live@example.com", "hello");
  await page.waitForSelector("tr.fresh >> text=<img src=y");
  check("nor in a live row", (await deliveries.locator("img").count()) === 0 && (await deliveries.textContent()).includes("<img src=y"), "");
  await context.close();
};

const darkFlow = async (browser, complaints) => {
  const page = await tour(browser, "dark", process.env.STAFF, { colorScheme: "dark", viewport: { width: 1280, height: 800 } },
                          ["overview", "discards", "deliveries", "lists"], complaints);
  await page.goto(url + "/message?id=pills@example.org");
  await accessible(page, "dark, message");
  await shot(page, "dark-message");
  await page.context().close();
};

const plainFlow = async (browser, complaints) => {
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  watch(page, "plain", complaints);
  await page.goto(process.env.STAFF);
  await page.click("a.button").catch(() => {});
  await page.goto(url + "/deliveries");
  check("without JavaScript there is all but live", (await page.textContent("main")).includes("UTC") && !(await page.isVisible(".live")), "");
  await shot(page, "plain");
  await mistakeFlow(page, "plain");
  await listsFlow(page, "plain");
  await context.close();
};

(async () => {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
  const complaints = [];
  for (const flow of [staffFlow, phoneFlow, liveFlow, keyboardFlow, customerFlow, hostileFlow, darkFlow, plainFlow]) {
    try {
      await flow(browser, complaints);
    } catch (error) {
      check(flow.name, false, error.stack);
    }
  }
  check("the browser has nothing to complain of", complaints.length === 0, complaints.join("\n"));
  await browser.close();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
})();
