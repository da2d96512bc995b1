"""The look of a page, in the colours of the screen, and the one thing that it does: copying code.

Both stand in the page itself. Its policy names them by their digests, so nothing else is styled or run.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache

STYLE = """
:root { color-scheme: light dark; --ink: #2b2d31; --soft: #686a70; --line: #dfdbd0; --paper: #fbfaf7;
  --raised: #f1efe9; --panel: #e6e3db; --accent: #a05a12; --name: #2f6391;
  --keyword: #2f6391; --string: #3a7230; --type: #6b4fa0; --wrong: #b0342c; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #d8d6d0; --soft: #9a9b9f; --line: #333841; --paper: #16181c;
    --raised: #1e2126; --panel: #2b3038; --accent: #e0a868; --name: #7aa2c8;
    --keyword: #7aa2c8; --string: #8fb57e; --type: #ab9bd6; --wrong: #d9776f; }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.65 system-ui, sans-serif;
  overflow-wrap: anywhere; }
main { margin: 0 auto; max-width: 48rem; padding: 3.5rem 1.5rem 6rem; }
h1 { margin: 0 0 2.5rem; font-size: 1.6rem; line-height: 1.3; font-weight: 650; }
article { margin: 0 0 2.5rem; }
article > header { display: flex; gap: 1rem; justify-content: space-between; align-items: baseline;
  margin-bottom: .5rem; color: var(--soft); font-size: .8125rem; line-height: 1.5; }
article > header h2 { margin: 0; font-size: inherit; font-weight: 600; color: var(--name); }
article > header time { flex: none; font-variant-numeric: tabular-nums; }
article.user { background: var(--raised); border-left: 3px solid var(--accent);
  border-radius: 0 .5rem .5rem 0; padding: .8rem 1.25rem 1rem; margin-bottom: 1.5rem; }
article.user > header h2 { color: var(--accent); }
article > footer, .note { margin: 1rem 0 0; color: var(--soft); font-size: .8125rem; line-height: 1.5; }
article > footer.sources { border-top: 1px solid var(--line); padding-top: .75rem; }
article > footer ol { margin: .25rem 0 0; padding-left: 1.75em; }
.prompt { margin: 0 0 2.5rem; padding-left: 1.25rem; border-left: 3px solid var(--line); color: var(--soft); }
.prompt h2 { margin: 0 0 .25rem; font-size: .8125rem; font-weight: 600; }
.plain { white-space: pre-wrap; }
.content > :first-child { margin-top: 0; }
.content > :last-child { margin-bottom: 0; }
h3, h4, h5, h6 { margin: 1.75em 0 .5em; line-height: 1.35; font-weight: 650; }
h3 { font-size: 1.3rem; } h4 { font-size: 1.15rem; } h5 { font-size: 1.0625rem; }
h6 { font-size: 1rem; color: var(--soft); }
p, ul, ol, blockquote, .table, .code, .math { margin-top: 0; margin-bottom: 1em; }
ul, ol { padding-left: 1.75em; } li { margin: .2em 0; } li > ul, li > ol { margin-bottom: 0; }
li::marker { color: var(--soft); }
a { color: var(--name); text-decoration-thickness: 1px; text-underline-offset: .2em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: .2rem; }
ul > .task { list-style: none; } .box { color: var(--soft); } .box.done { color: var(--string); }
ul > .task > .box, ul > .task > p:first-child > .box { display: inline-block; width: 1.3em;
  margin-left: -1.55em; }
code { font: .875em/1.55 ui-monospace, "Cascadia Code", "SF Mono", Menlo, Consolas, monospace; }
:not(pre) > code { background: var(--raised); border-radius: .25rem; padding: .12em .35em; }
.code { position: relative; margin-left: 0; margin-right: 0; background: var(--raised);
  border: 1px solid var(--line); border-radius: .5rem; overflow: hidden; }
.code figcaption { display: flex; gap: 1rem; justify-content: space-between; align-items: center;
  min-height: 2.25rem; padding: .25rem .4rem 0 1rem;
  color: var(--soft); font-size: .8125rem; line-height: 1.5; }
.code figcaption span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.code button { flex: none; border: 0; border-radius: .35rem; padding: .2rem .6rem; background: none;
  color: var(--soft); font: inherit; cursor: pointer; }
.code button:hover, .code button:focus-visible { background: var(--panel); color: var(--ink); }
.code pre { margin: 0; padding: .3rem 1rem .9rem; line-height: 1.35;
  overflow-x: auto; overflow-wrap: normal; tab-size: 4; }
.unnamed figcaption { position: absolute; top: 0; right: 0; padding-left: 0; }
.unnamed button { background: var(--raised); }
.unnamed pre { padding-top: .8rem; }
code [class^="c"] { color: var(--soft); }
code [class^="k"], code .ow, code .cp, code .nt { color: var(--keyword); }
code [class^="s"], code .gi { color: var(--string); }
code [class^="m"], code .kc, code .kt, code .nc, code .ne { color: var(--type); }
code .nf, code .fm, code .nb, code .bp, code .nd, code .na, code .gh { color: var(--accent); }
code .gd { color: var(--wrong); }
blockquote { margin-left: 0; margin-right: 0; padding-left: 1.25rem; border-left: 3px solid var(--line);
  color: var(--soft); }
details { margin: 0 0 1rem; color: var(--soft); }
details > .plain { margin: .5rem 0 0 .35rem; padding-left: 1.1rem; border-left: 1px solid var(--line);
  font-size: .9375rem; }
summary { cursor: pointer; font-size: .875rem; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9375rem; line-height: 1.5; overflow-wrap: normal; }
th { background: var(--raised); font-weight: 600; }
th, td { border-bottom: 1px solid var(--line); padding: .4rem .85rem; text-align: left; vertical-align: top; }
th.center, td.center { text-align: center; }
th.right, td.right { text-align: right; font-variant-numeric: tabular-nums; }
math { font-size: 1.1em; font-family: "Latin Modern Math", "STIX Two Math", "Cambria Math",
  "DejaVu Math TeX Gyre", "TeX Gyre DejaVu Math", math; }
div.math { overflow-x: auto; overflow-y: hidden; padding: .2em 0; }
.equations > mtr > mtd { padding-left: 0; padding-right: 0; text-align: left; }
.equations > mtr > mtd:nth-child(odd) { text-align: right; }
.equations > mtr > mtd:nth-child(odd):not(:first-child) { padding-left: 1.5em; }
.cases > mtr > mtd { text-align: left; }
.boxed { border: 1px solid; padding: .25em .4em; }
sup { line-height: 0; font-size: .75em; }
.mention { text-decoration: none; padding: 0 .1em; }
.back { text-decoration: none; }
.notes { margin-top: 1.5rem; border-top: 1px solid var(--line); padding-top: .75rem; color: var(--soft);
  font-size: .875rem; }
.notes p { margin-bottom: .4em; } .notes ol { margin: 0; }
.notes li:target, .mention:target { background: var(--panel); color: var(--ink); border-radius: .2rem; }
.picture { margin: 1rem 0 0; } .picture img { max-width: 100%; height: auto; border-radius: .5rem; }
.picture figcaption { color: var(--soft); font-size: .8125rem; }
hr { border: 0; border-top: 1px solid var(--line); margin: 2em 0; }
@media (max-width: 36rem) {
  main { padding: 1.5rem 1rem 4rem; }
  article > header { flex-wrap: wrap; gap: 0 1rem; }
}
@media print {
  @page { margin: 2cm; }
  body { background: none; font-size: 10.5pt; } main { max-width: none; padding: 0; }
  article.user, .code, th { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .code pre, .plain { white-space: pre-wrap; overflow-wrap: anywhere; }
  .code button, .back { display: none; }
  header, h1, h3, h4, h5, h6, .code figcaption { break-after: avoid; }
  tr, img, .math { break-inside: avoid; }
  .content a[href^="http"]:not(.bare)::after { content: " (" attr(href) ")"; color: var(--soft); }
}
"""

SCRIPT = """
for (const button of document.querySelectorAll(".code button")) {
  const code = button.closest(".code").querySelector("code"), label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);
      if (!document.execCommand("copy")) return;
    }
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = label; }, 2000);
  });
}
"""


@cache
def policy() -> str:
    """Return the content security policy: pictures in the page, its style, its script, nothing else."""
    return (
        f"default-src 'none'; img-src data:; style-src {_source(STYLE)}; script-src {_source(SCRIPT)}; "
        "base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
