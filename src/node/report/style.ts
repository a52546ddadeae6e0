const LIGHT = `--paper:#f8f6f1;--card:#fffefb;--ink:#1d2226;--muted:#575f66;--grid:#e4e0d6;--rule:#d6d1c4;--accent:#0c5c68;--second:#b04a14;--third:#67479b;--fourth:#59691a;--neutral:#868c91;--tint:#0c5c68;--good:#256a2c;--warn:#7d5200;--bad:#a11f26;--shade:rgba(60,50,20,.05)`;
const DARK = `--paper:#14171a;--card:#1b1f23;--ink:#e8e6e0;--muted:#a4abb1;--grid:#2c3237;--rule:#3a4147;--accent:#62bcc8;--second:#ec9a62;--third:#bda2ec;--fourth:#b9c95f;--neutral:#7f868c;--tint:#2f8e9b;--good:#86cf8c;--warn:#e6b450;--bad:#ff8f8f;--shade:rgba(255,255,255,.03)`;

/** The report's whole style sheet: light, dark and paper; from 390 px up. No data ever enters it. */
export const STYLE = `
:root{${LIGHT};color-scheme:light dark;--serif:"Iowan Old Style","Palatino Linotype",Palatino,"URW Palladio L","Book Antiqua",Charter,Georgia,serif;--sans:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Noto Sans",sans-serif;--mono:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
html{background:var(--paper);color:var(--ink);-webkit-text-size-adjust:100%;scroll-behavior:smooth;scroll-padding-top:4rem}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;font:400 1rem/1.55 var(--sans);font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.sheet{max-width:72rem;margin:0 auto;padding:0 1.5rem 4rem}
h1,h2{font-family:var(--serif);font-weight:600;line-height:1.18;letter-spacing:-.01em;text-wrap:balance;margin:0}
h1{font-size:clamp(1.75rem,1.2rem + 2.4vw,2.75rem);font-weight:500;max-width:26ch}
h1 b{font-weight:600;font-style:italic}
h2{font-size:clamp(1.5rem,1.2rem + 1.1vw,2rem)}
h3{font:600 1.0625rem/1.35 var(--sans);margin:2.75rem 0 .5rem}
h4{font:600 .9375rem/1.35 var(--sans);margin:0}
p{margin:0 0 .75rem;max-width:68ch}
a{color:var(--accent);text-underline-offset:.18em;text-decoration-thickness:1px}
a:focus-visible,summary:focus-visible,[tabindex]:focus-visible{outline:2px solid var(--accent);outline-offset:3px;border-radius:3px}
bdi.d,.d{unicode-bidi:isolate}
code{font:.875em/1.5 var(--mono);overflow-wrap:anywhere}
.break{word-break:break-all}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:1rem;background:var(--card);padding:.5rem 1rem;z-index:9}
svg{display:block}svg text{font-family:var(--sans);font-size:12px;unicode-bidi:plaintext}

nav{position:sticky;top:0;z-index:5;background:var(--paper);border-bottom:1px solid var(--rule);margin:0 -1.5rem;padding:0 1.5rem;overflow-x:auto;scrollbar-width:none}
nav ul{display:flex;gap:1.5rem;list-style:none;margin:0;padding:0;white-space:nowrap}
nav a{display:block;padding:.75rem 0;font-size:.875rem;color:var(--muted);text-decoration:none}
nav a:hover{color:var(--ink);text-decoration:underline}

.top{padding:2.5rem 0 2rem}
.brand{display:flex;align-items:center;gap:.5rem;font:600 1rem/1 var(--serif);color:var(--accent);margin-bottom:2.25rem}
.brand span{color:var(--muted);font-weight:400}
.eyebrow{font-size:.875rem;color:var(--muted);margin-bottom:.5rem}
.facts{display:flex;flex-wrap:wrap;gap:1rem 2.5rem;margin:1.75rem 0 0}
.facts div{min-width:0}
.facts dt{font-size:.8125rem;color:var(--muted)}
.facts dd{margin:0;font-weight:600}

section{padding:2.75rem 0 2rem}
section+section{border-top:1px solid var(--rule)}
#verdict{padding:0;border:0}#verdict+section{border-top:0}
.lead{font-size:1.125rem;line-height:1.5;margin:.75rem 0 0;max-width:62ch}
.note{font-size:.875rem;color:var(--muted);margin-top:.75rem}
.omitted{background:var(--card);border:1px solid var(--rule);border-left:4px solid var(--warn);padding:.75rem 1rem;border-radius:6px;margin:1.5rem 0 0;max-width:none}

.verdict{display:grid;grid-template-columns:minmax(0,1fr) auto;gap:2.5rem 3.5rem;align-items:center;background:var(--card);border:1px solid var(--rule);border-radius:14px;padding:2.25rem 2.5rem}
.verdict h2{max-width:22ch}
.practice{font-size:1.1875rem;line-height:1.5;margin:1rem 0;max-width:44ch}
.figure-line{color:var(--muted);font-size:.9375rem;margin:0}
.figure-line b{color:var(--ink)}
.see-also{margin:.75rem 0 0;font-size:.9375rem}
.dots{margin:0;width:21rem;max-width:100%}
.dots-pair{display:grid;grid-template-columns:1fr 1fr;gap:1.75rem}
.dots svg{width:100%;height:auto}
.dots p{margin:.625rem 0 0;font-size:.875rem;line-height:1.35;color:var(--muted)}
.dots p b{font:600 1.5rem/1 var(--serif);color:var(--ink);margin-right:.2rem}
.dots figcaption{font-size:.8125rem;color:var(--muted);margin-top:.75rem;border-top:1px solid var(--rule);padding-top:.5rem}
.errors{margin:0;width:22rem;max-width:100%}
.errors figcaption{font-size:.875rem;font-weight:600}
.err-pair p{margin:1rem 0 .375rem;font-size:.8125rem;color:var(--muted)}
.err{margin:.25rem 0 .5rem}
.err-bar{display:block;height:.75rem;border-radius:2px;min-width:2px}
.with .err-bar{background:var(--accent)}.without .err-bar{background:var(--neutral)}
.err-text{font-size:.875rem;color:var(--muted)}.err-text b{color:var(--ink)}

.findings{list-style:none;margin:.75rem 0 0;padding:0;max-width:none}
.finding{display:grid;grid-template-columns:7.25rem minmax(0,1fr);gap:.25rem 1rem;padding:.625rem 0;border-top:1px solid var(--grid)}
.finding:last-child{border-bottom:1px solid var(--grid)}
.finding p{margin:0;max-width:74ch}
.badge{display:inline-flex;align-items:center;gap:.45rem;font-size:.875rem;font-weight:600;align-self:start;line-height:1.55rem}
.danger .badge{color:var(--bad)}.warning .badge{color:var(--warn)}.repair .badge{color:var(--good)}.info .badge{color:var(--muted)}
.of{margin-right:.25rem}
.alike{margin-top:.125rem}.alike summary{font-weight:400;font-size:.875rem;padding:.125rem 0}.alike ul{margin:.25rem 0 .5rem;padding-left:1.1rem;font-size:.875rem}

.missing{display:grid;gap:.3rem;margin-top:1rem;font-size:.875rem}
.missing>div{display:grid;grid-template-columns:11rem minmax(0,1fr) 4rem;gap:1rem;align-items:center}
.missing .name{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.strip svg{width:100%;height:1rem;background:var(--card);box-shadow:inset 0 0 0 1px var(--grid);border-radius:2px;fill:var(--second)}
.share{text-align:right;color:var(--muted)}

.cards{list-style:none;margin:1rem 0 0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(15.5rem,1fr));gap:1rem}
.card{background:var(--card);border:1px solid var(--rule);border-radius:10px;padding:.875rem 1rem 1rem;display:grid;grid-template-rows:auto auto 6.25rem auto 1fr;min-width:0}
.card.target{border-color:var(--accent);box-shadow:0 0 0 1px var(--accent)}
.card.unused{background:none;border-style:dashed}
.card h4{overflow:hidden;display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2}
.kind{margin:.125rem 0 .75rem;font-size:.8125rem;color:var(--muted);display:flex;gap:.5rem;align-items:center}
.use{color:var(--accent);font-weight:600}.unused .use{color:var(--muted)}
.spread{color:var(--accent);min-width:0;overflow:hidden}
.unused .spread{color:var(--neutral)}
.histogram{width:100%;height:4.75rem;border-bottom:1px solid var(--neutral)}
.ends{display:flex;justify-content:space-between;font-size:.75rem;color:var(--muted);margin:.2rem 0 0}
.levels,.samples{list-style:none;margin:0;padding:0;font-size:.8125rem;color:var(--ink);display:grid;gap:.2rem}
.levels li:not(.rest){display:grid;grid-template-columns:minmax(0,1fr) 3.75rem 2.6rem;gap:.5rem;align-items:center}
.levels .name,.samples li{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.levels .rest,.samples .rest,.nothing{color:var(--muted)}
.samples li:not(.rest){font-family:var(--mono);font-size:.78rem}
.track{display:block;height:.55rem;background:var(--grid);border-radius:2px;overflow:hidden}
.track i{display:block;height:100%;background:var(--accent);border-radius:2px}
.unused .track i{background:var(--neutral)}
.facts-line{font-size:.8125rem;margin:.5rem 0 .25rem}
.facts-line b{color:var(--second)}
.reason{font-size:.78rem;line-height:1.4;color:var(--muted);margin:0}
details{margin-top:1rem}
summary{cursor:pointer;color:var(--accent);font-weight:600;padding:.375rem 0;width:fit-content}

.scroll{overflow-x:auto;margin-top:1rem;max-width:100%}
table{border-collapse:collapse;font-size:.9375rem;min-width:100%;overflow-wrap:normal}
caption{text-align:left;font-size:.8125rem;color:var(--muted);padding-bottom:.375rem}
th,td{padding:.45rem .75rem;text-align:left;border-top:1px solid var(--grid);vertical-align:middle;font-weight:400}
th:first-child,td:first-child{padding-left:0}
thead th,thead td{border-top:0;border-bottom:1px solid var(--rule);font-size:.8125rem;color:var(--muted);vertical-align:bottom}
tbody tr:first-child>*{border-top:0}
tbody tr:last-child>*{border-bottom:1px solid var(--grid)}
.n{text-align:right;white-space:nowrap}
tr.main>*{font-weight:600;background:color-mix(in srgb,var(--accent) 7%,transparent)}
tr.faint{color:var(--muted)}
.tag{display:inline-block;font-size:.75rem;font-weight:600;color:var(--accent);border:1px solid currentColor;border-radius:99px;padding:0 .5rem;margin-left:.35rem;white-space:nowrap}
.tag.plain{color:var(--muted)}
.range,.quiet{color:var(--muted);font-weight:400;white-space:nowrap}
.bar-cell{width:30%;min-width:7rem}
.importance .bar-cell{width:46%}.bar-cell svg{width:100%;height:1rem}
.importance th,.leaderboard th,.classes th{max-width:20rem}

.confusion-block{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1.15fr);gap:1.5rem 3rem;align-items:center}
.prose ul{margin:.5rem 0 1rem;padding-left:1.1rem}.prose li{margin:.25rem 0}
.confusion{table-layout:fixed;width:100%;border-collapse:separate;border-spacing:4px}
.confusion th,.confusion td{border:0!important}.confusion th{font-size:.875rem;color:var(--muted)}.confusion thead th{text-align:center;padding-bottom:.25rem}
.confusion thead td{border:0;width:26%}
.confusion td[style]{text-align:center;border:0;border-radius:8px;padding:1.4rem .5rem}
.confusion td b{display:block;font:600 1.75rem/1.1 var(--serif)}
.confusion td span{font-size:.8125rem}
.right{background:color-mix(in srgb,var(--tint) var(--t),var(--card))}
.wrong{background:color-mix(in srgb,var(--second) var(--t),var(--card))}
.both{background:color-mix(in srgb,var(--neutral) var(--t),var(--card))}
.confusion .right,.confusion .wrong{background:color-mix(in srgb,var(--c) 16%,var(--card));box-shadow:inset 0 -4px 0 color-mix(in srgb,var(--c) var(--t),transparent)}
.confusion .right{--c:var(--tint)}.confusion .wrong{--c:var(--second)}
.heat{font-size:.8125rem;min-width:0;border-collapse:separate;border-spacing:2px}
.heat th,.heat td{border:0!important;padding:.3rem .4rem;white-space:nowrap}
.heat td{text-align:center;min-width:2.6rem;border-radius:3px}
.roomy td{min-width:4rem;padding:.55rem .5rem;font-size:.875rem}
.heat thead th{text-align:center;max-width:8rem;overflow:hidden;text-overflow:ellipsis}
.heat thead th:first-child{text-align:left}
.heat tbody th{position:sticky;left:0;background:var(--paper);max-width:10rem;overflow:hidden;text-overflow:ellipsis}
.zero{color:var(--muted)}

h3+p+.legend{margin-top:.75rem}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(20rem,100%),1fr));gap:2.25rem 2rem;margin-top:1.25rem}
.charts.two{max-width:48rem}
.chart{margin:0;min-width:0;max-width:26rem;display:flex;flex-direction:column}
.charts .plot{align-self:end}
@supports (grid-template-rows:subgrid){.charts{row-gap:0}.charts .chart{display:grid;grid-template-rows:subgrid;grid-row:span 4;row-gap:0;margin-bottom:2.25rem}.chart h4{grid-row:1}.chart .legend{grid-row:2}.chart .plot,.chart .left-out{grid-row:3}.chart figcaption{grid-row:4}}
.plot svg{width:100%;height:auto;overflow:visible}
.plot{margin-top:.625rem}
.chart figcaption{font-size:.8125rem;line-height:1.45;color:var(--muted);margin-top:.375rem}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.1rem 1rem;margin:.375rem 0 0;padding:0;font-size:.8125rem;color:var(--muted)}
.legend li{display:flex;align-items:center;gap:.4rem}
.left-out{font-size:.875rem;color:var(--muted);margin-top:.5rem}

pre{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:.875rem 1rem;margin:.5rem 0 .75rem;overflow-x:auto}
pre code{font-size:.8125rem;overflow-wrap:normal;white-space:pre}
.table{margin:1rem 0}
.table div{display:grid;grid-template-columns:11rem minmax(0,1fr);gap:.25rem 1.5rem;padding:.5rem 0;border-top:1px solid var(--grid)}
.table dt{color:var(--muted);font-size:.875rem}.table dd{margin:0}
.glossary{columns:2 22rem;column-gap:3rem;margin:1.25rem 0 0}
.glossary div{break-inside:avoid;padding:0 0 .875rem}
.glossary dt{font-weight:600;font-size:.9375rem}.glossary dd{margin:0;font-size:.875rem;color:var(--muted)}
.glossary div:target{background:var(--card);outline:.5rem solid var(--card)}
.term{color:inherit;text-decoration:none}
.term abbr{text-decoration:underline dotted var(--neutral);text-underline-offset:.2em;cursor:help}
.term:hover abbr{text-decoration-color:var(--accent)}
footer{border-top:1px solid var(--rule);margin-top:2rem;padding-top:1rem;font-size:.8125rem;color:var(--muted)}

@media (max-width:60rem){.verdict{grid-template-columns:minmax(0,1fr);padding:1.75rem}.confusion-block{grid-template-columns:minmax(0,1fr)}}
@media (max-width:40rem){
.sheet{padding:0 1rem 3rem}nav{margin:0 -1rem;padding:0 1rem}nav ul{gap:1.25rem}
.top{padding:1.5rem 0}.brand{margin-bottom:1.5rem}.facts{display:grid;grid-template-columns:1fr 1fr;gap:.75rem 1rem}
section{padding:2.25rem 0 1.75rem}.verdict{padding:1.375rem 1.25rem;border-radius:10px}.practice{font-size:1.0625rem}
.finding{grid-template-columns:minmax(0,1fr)}
.missing>div{grid-template-columns:7rem minmax(0,1fr) 3.2rem;gap:.5rem}
.cards{grid-template-columns:minmax(0,1fr)}.card{grid-template-rows:auto auto auto auto auto}
.table div{grid-template-columns:minmax(0,1fr)}
th,td{padding:.4rem .5rem}.leaderboard .bar-cell{display:none}.leaderboard thead td{display:none}.leaderboard th[scope=row]{min-width:8rem}pre code{white-space:pre-wrap}.confusion td[style]{padding:1rem .25rem}
.importance .range-col{display:none}.bar-cell{min-width:5rem}.importance th{max-width:9rem}
}
@media print{
:root{${LIGHT};--paper:#fff;--card:#fff}
@page{size:A4;margin:16mm 14mm}
html{font-size:12.5px;scroll-behavior:auto}body{line-height:1.45}
.sheet{max-width:none;padding:0}nav,.skip{display:none}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
.top{padding-top:0}.facts{gap:.5rem 1.75rem}
h1{font-size:22pt}h2{font-size:16pt}h2,h3,h4{break-after:avoid}
section{padding:1.25rem 0 .5rem}h3{margin-top:1.5rem}
.verdict{padding:1.25rem 1.5rem;grid-template-columns:minmax(0,1fr) 15rem;gap:1.5rem}.dots,.errors{width:15rem}
figure,.card,.finding,tr,table,.confusion-block,.missing>div,pre{break-inside:avoid}
.charts,.charts.two{grid-template-columns:repeat(2,1fr);gap:1.5rem 2rem;max-width:none}
.cards{grid-template-columns:repeat(3,1fr);gap:.625rem}.card{padding:.625rem .75rem}
.scroll{overflow:visible}.glossary{columns:2}
details:not(.more-cards)::details-content{content-visibility:visible;block-size:auto;opacity:1}
summary{list-style:none;color:var(--muted)}
.term abbr{text-decoration:none}pre code{white-space:pre-wrap}
}`;
