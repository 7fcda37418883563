/** How the page looks: light and dark, on a screen of any width, on paper, and without colours. */
import { standings } from './standings.js';

const light = `
--paper: #ffffff; --raised: #f5f6f8; --line: #dcdfe4; --ink: #16191d; --soft: #545b65; --link: #0b57a4;
--good: #19683b; --good-paper: #e5f3ea; --bad: #a9251b; --bad-paper: #fbe9e7; --warn: #7c5200; --warn-paper: #fcf1d9;
--calm: #4a5360; --calm-paper: #eceef1; --bar: #3d6f9e; --bar-faint: #c3d6e8;`;

const dark = `
--paper: #14171b; --raised: #1d2126; --line: #363c45; --ink: #e8eaed; --soft: #a7afba; --link: #8fc1f5;
--good: #83d6a2; --good-paper: #16301f; --bad: #ff9d93; --bad-paper: #401a17; --warn: #eec26a; --warn-paper: #37290c;
--calm: #b9c1cc; --calm-paper: #2a2f37; --bar: #6ea3d6; --bar-faint: #2b4259;`;

const base = `
*, ::before, ::after { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.page { max-width: 72rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
h1, h2, h3, h4, h5, p, ul, dl { margin: 0; }
h1 { font-size: clamp(1.6rem, 4vw, 2.4rem); line-height: 1.15; letter-spacing: -.02em; font-weight: 650; text-wrap: balance; }
h2 { font-size: 1.3rem; line-height: 1.3; letter-spacing: -.01em; font-weight: 650; margin-bottom: 1rem; }
h3 { font-size: 1rem; font-weight: 650; }
h4 { font-size: .95rem; font-weight: 650; margin: 1.75rem 0 .5rem; }
h5 { font-size: 1rem; font-weight: 600; }
section { margin-top: 3rem; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px; }
code, pre { font: .86em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.command { background: var(--calm-paper); padding: .15em .4em; border-radius: 4px; }
.skip { position: absolute; left: -99rem; background: var(--paper); padding: .6rem 1rem; }
.skip:focus { left: 1rem; top: 1rem; z-index: 1; }
.quiet { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.brand { color: var(--soft); font-size: .9rem; margin-bottom: .5rem; }
.note, .legend { color: var(--soft); font-size: .9rem; font-weight: 400; }
.warning { margin-top: 1rem; padding: .7rem 1rem; border-left: 4px solid var(--warn); background: var(--warn-paper); color: var(--warn); border-radius: 0 6px 6px 0; }
footer { margin-top: 4rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .9rem; }`;

const parts = `
.facts { display: flex; flex-wrap: wrap; gap: .75rem 2.25rem; }
.facts code { word-break: normal; }
header .facts { margin-top: 1.5rem; }
.facts dt { color: var(--soft); font-size: .82rem; }
.facts dd { margin: 0; }
.inside .facts { display: block; }
.inside .facts > div { display: grid; grid-template-columns: minmax(6rem, 8rem) 1fr; gap: 0 1rem; padding: .2rem 0; }
.inside .facts dt { font-size: .9rem; padding-top: .05rem; }
.totals { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .75rem; }
.totals li { padding: .9rem 1rem; font-size: .92rem; border-radius: 10px; background: var(--tint-paper, var(--raised)); color: var(--tint, var(--soft)); border: 1px solid transparent; }
.totals b { display: block; font-size: 2.4rem; line-height: 1.1; font-weight: 600; letter-spacing: -.02em; }
.totals li > span { display: flex; gap: .4em; line-height: 1.35; overflow-wrap: normal; }
.totals .none { background: none; border-color: var(--line); color: var(--soft); }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(30rem, 100%), 1fr)); }
.card { border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem 1.25rem; background: var(--paper); }
.card p, .card details { margin-top: .6rem; }
.card ul { padding-left: 1.2rem; margin-top: .5rem; max-height: 24rem; overflow: visible; }
.urgent { border: 2px solid var(--bad); border-radius: 12px; padding: 1.25rem 1.5rem 1.5rem; background: var(--bad-paper); }
.urgent h2 { color: var(--bad); margin-bottom: .25rem; }
.urgent .cards { margin-top: 1rem; }
.count { color: var(--soft); font-weight: 400; font-size: .9rem; }
summary { cursor: pointer; }
.plain { padding-left: 1.2rem; }
.scroll { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; font-size: .9rem; overflow-wrap: normal; }
h4 + .scroll caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
caption { text-align: left; color: var(--soft); padding-bottom: .35rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem 1.25rem .35rem 0; border-bottom: 1px solid var(--line); font-weight: 400; max-width: 32rem; overflow-wrap: anywhere; }
thead th { color: var(--soft); font-size: .85rem; white-space: nowrap; }
.numbers td { white-space: nowrap; }
.chart { display: block; width: 100%; min-width: 44rem; height: auto; font-size: 14px; }
.chart text { fill: var(--ink); font-family: inherit; }
.chart .value, .chart .tick { fill: var(--soft); font-size: 13px; }
.chart .grid { stroke: var(--line); }
.chart .bar { fill: var(--tint); }
.chart .is-median, .swatch.is-median { fill: var(--bar); background: var(--bar); }
.chart .is-maximum, .swatch.is-maximum { fill: var(--bar-faint); background: var(--bar-faint); }
.swatch { display: inline-block; width: 1.4em; height: .75em; border-radius: 2px; }
.swatch + .swatch, .legend .is-maximum { margin-left: 1rem; }
section > h3 { margin-top: 1.5rem; }`;

const rows = `
.filter { border: 0; margin: 0 0 1.25rem; padding: 0; display: flex; flex-wrap: wrap; gap: .5rem; }
.filter legend { float: left; padding: .3rem .5rem .3rem 0; color: var(--soft); }
.filter label { display: inline-flex; align-items: center; gap: .4rem; padding: .3rem .8rem; border: 1px solid var(--line); border-radius: 99px; cursor: pointer; }
.filter label:has(:checked) { background: var(--calm-paper); border-color: var(--calm); }
.filter label:has(:focus-visible) { outline: 3px solid var(--link); outline-offset: 2px; }
.filter input { accent-color: var(--link); margin: 0; }
.badge { color: var(--tint); background: var(--tint-paper); border-radius: 99px; padding: .1rem .65rem; font-size: .85rem; white-space: nowrap; justify-self: start; }
.heads, .vm > summary { display: grid; grid-template-columns: minmax(12rem, 2.2fr) 9rem minmax(8rem, 1.6fr) 5.5rem 8rem 6.5rem; gap: 0 1rem; align-items: baseline; padding: .6rem .75rem .6rem 2rem; }
.heads { color: var(--soft); font-size: .82rem; padding-block: .25rem; border-bottom: 1px solid var(--line); }
.vm { border-bottom: 1px solid var(--line); content-visibility: auto; contain-intrinsic-size: auto 2.8rem; }
.vm > summary { position: relative; font-size: .93rem; list-style: none; }
.vm > summary::-webkit-details-marker { display: none; }
.vm > summary::before { content: "▸"; position: absolute; left: .7rem; top: .6rem; color: var(--soft); }
.vm[open] > summary::before { content: "▾"; }
.vm > summary:hover, .vm[open] > summary { background: var(--raised); }
.vm > summary h3 { font-size: inherit; font-weight: 500; }
.vm:target > summary { box-shadow: inset 4px 0 var(--link); }
.cell .name { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.inside { padding: 0 1rem 2.5rem 2rem; }
.inside > h4:first-child { margin-top: 1.25rem; }
.inside ul { padding-left: 1.2rem; }
.change { margin: 1rem 0 1.5rem; }
.change p { color: var(--soft); font-size: .92rem; }
.diff { margin: .5rem 0; padding: .6rem 0; border: 1px solid var(--line); border-radius: 8px; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; }
.diff > * { display: block; padding: 0 .9rem; text-decoration: none; }
.diff ins { color: var(--good); background: var(--good-paper); }
.diff del { color: var(--bad); background: var(--bad-paper); }
.diff .file, .diff .place { color: var(--soft); }
${standings.map((standing) => `:root:has(#show-${standing}:checked) .vm:not(.is-${standing})`).join(', ')} { display: none; }`;

const tints = `
.is-inconsistent, .is-failed { --tint: var(--bad); --tint-paper: var(--bad-paper); }
.is-refused, .is-interrupted { --tint: var(--warn); --tint-paper: var(--warn-paper); }
.is-converted, .is-already-pv { --tint: var(--good); --tint-paper: var(--good-paper); }
.is-not-begun, .is-running, .is-unknown, .is-planned { --tint: var(--calm); --tint-paper: var(--calm-paper); }`;

const narrow = `
.page { padding: 1.5rem 1rem 3rem; }
.heads { display: none; }
.vm > summary { display: flex; flex-wrap: wrap; gap: .2rem 1rem; }
.vm > summary h3 { width: 100%; }
.cell .name { position: static; clip-path: none; color: var(--soft); }
.inside { padding: 0 0 2rem; }
.inside .facts > div { grid-template-columns: 1fr; padding: .3rem 0; }
.totals { grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); }
.urgent { padding: 1rem; }`;

const paper = `
html { font-size: 9pt; }
.page { max-width: none; padding: 0; }
section { margin-top: 1.5rem; }
.skip, .filter { display: none; }
.card, .totals li, .vm > summary, .change h5 { break-inside: avoid; }
h2, h3, h4, h5, .legend, .heads { break-after: avoid; }
.totals { grid-template-columns: repeat(7, minmax(0, 1fr)); gap: .4rem; }
.totals li { padding: .5rem .6rem; }
.totals b { font-size: 1.6rem; }
.totals li, .badge, .diff > *, .chart *, .swatch { print-color-adjust: exact; }
.chart { min-width: 0; }
.scroll { overflow: visible; }
.card details::details-content { content-visibility: visible; height: auto; }
.heads, .vm > summary { grid-template-columns: minmax(0, 2fr) 10rem minmax(0, 1.4fr) 5rem 8rem 6.5rem; padding-left: 1.25rem; gap: 0 .5rem; }`;

/** The text of the page's one `style` element. */
export const styleSheet = `
:root { color-scheme: light dark; ${light} }
@media screen and (prefers-color-scheme: dark) { :root { ${dark} } }
${base}${parts}${rows}${tints}
@media screen and (max-width: 48rem) { ${narrow} }
@media print { ${paper} }
@media (forced-colors: active) { .badge, .totals li { border: 1px solid; } .chart rect { forced-color-adjust: none; } }
`;
