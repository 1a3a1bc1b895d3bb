/*
 * report_style.cpp: how the HTML looks: light and dark, on a desk, a phone and paper. ASCII, and no character that
 * XML would want escaped.
 */
#include "snapshot/report_html.hpp"

namespace dbeng {
namespace report {

const char html_style[] = R"css(
:root{color-scheme:light dark;--paper:#fff;--tint:#f5f7f9;--ink:#18202a;--muted:#5a6674;--rule:#dde3e9;--grid:#e6ebf0;
--accent:#1f5fa6;--area:rgba(31,95,166,.10);--band:rgba(31,95,166,.26);--before:#8693a1;--bad:#b3261e;--good:#17713f;
--bar:#c9dcf0;--gap:rgba(90,102,116,.16);--cpu:#3f9b62;--io:#3b78c3;--lock:#c8402f;--lwlock:#e08a3c;--ipc:#8a63b8;
--client:#9aa5b1;--other:#c9b458}
@media screen and (prefers-color-scheme:dark){:root{--paper:#12171d;--tint:#1a2129;--ink:#e3e8ee;--muted:#9ba8b6;
--rule:#2c3540;--grid:#242d37;--accent:#74b3f2;--area:rgba(116,179,242,.10);--band:rgba(116,179,242,.28);--before:#8190a0;
--bad:#ff8a80;--good:#6fcf97;--bar:#264a6e;--gap:rgba(155,168,182,.18);--cpu:#4fae75;--io:#5b98e0;--lock:#e2604f;
--lwlock:#eba257;--ipc:#a884d4;--client:#7c8896;--other:#b5a24e}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",
"Noto Sans","DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
a{color:var(--accent);text-decoration:none}
a:hover,a:focus-visible{text-decoration:underline}
.page{max-width:1120px;margin:0 auto;padding:2rem 1.5rem 3rem}
header p.kind{margin:0;color:var(--muted)}
h1{margin:0 0 .15rem;font-size:1.9rem;line-height:1.2;overflow-wrap:anywhere}
header p.when{margin:0 0 1rem;font-size:1.05rem}
dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:0 0 1.5rem;font-size:.87rem}
dl.facts dt{color:var(--muted)}
dl.facts dt::first-letter{text-transform:uppercase}
dl.facts dd{margin:0;overflow-wrap:anywhere}
.figures-row{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:.75rem;margin:0 0 1.5rem;padding:0;
list-style:none}
.figures-row li{padding:.6rem .8rem;background:var(--tint);border:1px solid var(--rule);border-radius:6px}
.figures-row .name{display:block;font-size:.8rem;color:var(--muted)}
.figures-row .value{font-size:1.3rem;font-weight:600;white-space:nowrap}
.figures-row .value{display:block}
.figures-row .change{display:block;min-height:1.5em;font-size:.85rem}
.figures-row .detail{display:block;font-size:.8rem;color:var(--muted)}
h2{margin:2.6rem 0 .2rem;padding-top:.8rem;border-top:1px solid var(--rule);font-size:1.3rem;line-height:1.3}
h3{margin:1.6rem 0 .3rem;font-size:1rem;line-height:1.3}
p.explain,p.note,p.none{margin:.1rem 0 .5rem;color:var(--muted);font-size:.87rem;max-width:75ch}
section.summary h2{margin-top:0;padding-top:0;border:0}
ul.summary{margin:.5rem 0 0;padding:0;list-style:none;max-width:85ch}
ul.summary li{margin:.35rem 0;padding-left:1.1rem;position:relative;overflow-wrap:anywhere}
ul.summary li::before{content:"";position:absolute;left:0;top:.5em;width:.5rem;height:.5rem;border-radius:50%;
background:var(--before)}
ul.summary li.is-bad::before{background:var(--bad);border-radius:1px}
ul.summary li.is-good::before{background:var(--good)}
nav{margin:1.6rem 0 0;font-size:.9rem}
nav h2{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
nav ol{display:flex;flex-wrap:wrap;gap:.15rem 1.1rem;margin:0;padding:.55rem .8rem;list-style:none;background:var(--tint);
border:1px solid var(--rule);border-radius:6px}
.charts{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:1.2rem 2rem;align-items:end;margin:.8rem 0 1rem}
figure.chart{margin:0;min-width:0;break-inside:avoid}
figure.wide{grid-column:1/-1}
figcaption{display:flex;flex-wrap:wrap;align-items:baseline;gap:0 .5rem;margin-bottom:.6rem;font-size:.9rem}
figcaption .figures{margin-left:auto;color:var(--muted);font-size:.8rem}
figcaption .figures b{color:var(--ink);font-weight:600}
.plot{position:relative;margin:0 0 1.5rem 3.7rem;height:120px}
figure.wide .plot{height:200px}
.plot svg{display:block;width:100%;height:100%;overflow:visible}
.plot .y span{position:absolute;right:100%;padding-right:.45rem;transform:translateY(-50%);color:var(--muted);
font-size:.72rem;line-height:1;white-space:nowrap}
.plot .x span{position:absolute;top:100%;padding-top:.4rem;transform:translateX(-50%);color:var(--muted);font-size:.72rem;
line-height:1;white-space:nowrap}
.plot .x span::before{content:"";position:absolute;left:50%;top:0;height:.25rem;border-left:1px solid var(--before)}
.plot .x .last{transform:translateX(-100%)}
.plot .x .last::before{left:100%}
svg *{vector-effect:non-scaling-stroke}
.grid{stroke:var(--grid);stroke-width:1}
.line{fill:none;stroke:var(--accent);stroke-width:1.5;stroke-linejoin:round;stroke-linecap:round}
.line.before{stroke:var(--before);stroke-width:1.2;stroke-dasharray:3 3}
.area{fill:var(--area)}
.band{fill:var(--band)}
.gap{fill:var(--gap)}
.mark{stroke:var(--bad);stroke-width:1;stroke-dasharray:2 2}
.hover{fill:transparent}
.hover:hover{fill:var(--gap)}
.stack{stroke:var(--paper);stroke-width:.4}
.cpu{fill:var(--cpu);background:var(--cpu)}
.io{fill:var(--io);background:var(--io)}
.lock{fill:var(--lock);background:var(--lock)}
.lwlock{fill:var(--lwlock);background:var(--lwlock)}
.ipc{fill:var(--ipc);background:var(--ipc)}
.client{fill:var(--client);background:var(--client)}
.other{fill:var(--other);background:var(--other)}
ul.legend{display:flex;flex-wrap:wrap;gap:.1rem 1.1rem;margin:0 0 0 3.7rem;padding:0;list-style:none;font-size:.82rem}
ul.legend i{display:inline-block;width:.7rem;height:.7rem;margin-right:.35rem;border-radius:2px}
ul.legend i.dashed{height:0;vertical-align:middle;border-top:2px dashed var(--before);border-radius:0}
ul.legend span{color:var(--muted)}
.scroll{overflow-x:auto}
table{width:100%;border-collapse:collapse;font-size:.87rem}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{padding:.32rem .5rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--rule)}
th:first-child,td:first-child{padding-left:0}
th:last-child,td:last-child{padding-right:0}
thead th{vertical-align:bottom;color:var(--muted);font-weight:500;font-size:.8rem;line-height:1.25}
tbody tr:hover{background:var(--tint)}
tbody th{font-weight:400}
.n{text-align:right;white-space:nowrap}
thead .n{white-space:normal}
.w{white-space:nowrap}
.t{overflow-wrap:anywhere;min-width:9rem}
.q{min-width:16rem}
.q code{display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden;overflow-wrap:anywhere}
.q a{float:left;margin-right:.5rem;font-weight:600}
code{font:.92em/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.bad{color:var(--bad)}
.good{color:var(--good)}
.muted{color:var(--muted)}
td.bad,td.good,.strong{font-weight:600}
td{position:relative}
.bar{position:absolute;left:.5rem;right:.5rem;bottom:0;height:3px;background:var(--rule)}
td:last-child .bar{right:0}
.bar i{display:block;height:100%;background:var(--accent)}
dl.statements dt{margin-top:.9rem;font-size:.87rem;color:var(--muted)}
dl.statements dt b{color:var(--ink)}
dl.statements dd{margin:.15rem 0 0;padding:.45rem .7rem;background:var(--tint);border-radius:4px;overflow-wrap:anywhere}
dl.statements dt:target b{color:var(--accent)}
footer{margin-top:3rem;padding-top:.8rem;border-top:1px solid var(--rule);color:var(--muted);font-size:.8rem}
@media screen and (max-width:760px){.charts{grid-template-columns:minmax(0,1fr)}}
@media screen and (max-width:640px){
.page{padding:1.1rem 1rem 2rem}
h1{font-size:1.5rem}
dl.facts{grid-template-columns:1fr;gap:0}
dl.facts dd{margin-bottom:.4rem}
.figures-row{grid-template-columns:repeat(2,minmax(0,1fr));gap:.5rem}
.figures-row .value{font-size:1.15rem}
.plot{margin-left:3.3rem}
ul.legend{margin-left:0}
figcaption .figures{margin-left:0;width:100%}
.plot .x .odd{display:none}
figure.wide .plot{height:170px}
nav ol{gap:.35rem 1.1rem}
table,tbody{display:block}
thead{display:none}
tbody tr{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:.25rem .75rem;padding:.6rem 0;
border-bottom:1px solid var(--rule)}
tbody th,tbody td,tbody .n,tbody .w,tbody .t{display:block;padding:0;border:0;min-width:0;text-align:left;white-space:normal;
overflow-wrap:anywhere}
tbody .t,tbody .q,tbody th{grid-column:1/-1}
tbody td:empty{display:none}
tbody .bar{display:block;position:static;width:90%;margin-top:2px}
tbody td[data-label]::before{content:attr(data-label);display:block;color:var(--muted);font-size:.74rem;line-height:1.2;
font-weight:400}
}
@media print{
@page{margin:14mm 12mm}
body{font-size:10pt}
.page{max-width:none;padding:0}
nav{display:none}
.hover{display:none}
section{break-inside:auto}
h2,h3,.explain,.note{break-after:avoid}
tr,figure,.figures-row li,dl.statements div{break-inside:avoid}
thead{display:table-header-group}
.figures-row{grid-template-columns:repeat(3,1fr)}
.scroll{overflow:visible}
table{font-size:8.5pt}
th,td{padding:.22rem .35rem}
.w,thead .n{white-space:normal}
.q{min-width:10rem}
figure:not(.wide) .x .odd{display:none}
.charts{gap:.6rem 1.6rem}
figcaption .figures{margin-left:0;width:100%}
.bar,.bar i,ul.legend i,ul.summary li::before,.figures-row li,dl.statements dd{-webkit-print-color-adjust:exact;
print-color-adjust:exact}
a{color:inherit}
}
)css";

} // namespace report
} // namespace dbeng
