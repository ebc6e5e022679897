/** The page's style sheet for light and dark, wide and narrow screens, and paper. It loads no font or picture. */
export const STYLE = `
:root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#16202c;--soft:#52606f;--line:#dde2e8;--link:#0b5cad;
--good:#237f59;--late:#8a5a00;--bad:#b3261e;--open:#4a6785;--none:#eceff3;--good-soft:#e4f3ec;--late-soft:#fbf0d9;--bad-soft:#fbe6e4;--on:#fff}
@media (prefers-color-scheme:dark){:root{--page:#0f141a;--card:#171e26;--ink:#e7edf3;--soft:#a3b1bf;--line:#2b3540;--link:#7cb8ff;
--good:#46b283;--late:#e6b14c;--bad:#ff8a80;--open:#93b1cf;--none:#212a34;--good-soft:#16302a;--late-soft:#342a15;--bad-soft:#3a2021;--on:#0f141a}}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:1rem}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
main,header,footer{max-width:84rem;margin:0 auto;padding:0 1.5rem}
a{color:var(--link)}
h1{font-size:1rem;font-weight:600;margin:0;letter-spacing:.01em}
h2{font-size:1.2rem;margin:0 0 .25rem;line-height:1.3}
h3{font-size:1rem;margin:0}
p{margin:.25rem 0}
code,.at{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
.skip{position:absolute;left:-999px;top:.5rem;background:var(--card);padding:.5rem 1rem;border-radius:8px;z-index:3}
.skip:focus{left:1rem}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:4px}
header{padding-top:1.5rem}
.bar{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;justify-content:space-between;align-items:baseline;color:var(--soft);font-size:.9rem}
.bar h1{color:var(--ink)}
nav{margin:.25rem 0 0;font-size:.9rem}nav a{margin-right:1.1rem;white-space:nowrap}
.verdict{margin:1rem 0 1.25rem;padding:1.1rem 1.4rem;border-radius:14px;background:var(--good-soft);border-left:6px solid var(--good)}
.verdict.warning{background:var(--late-soft);border-color:var(--late)}
.verdict.alarm{background:var(--bad-soft);border-color:var(--bad)}
.verdict strong{display:block;font-size:1.6rem;line-height:1.25;letter-spacing:-.01em}
.verdict p{color:var(--soft);margin:.3rem 0 0}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.75rem;margin:0 0 1.5rem}
.tiles div{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:.8rem 1rem}
.tiles dt{color:var(--soft);font-size:.85rem}.tiles dd{margin:0;font-size:1.45rem;font-weight:600;letter-spacing:-.01em;line-height:1.3}
.tiles dd small{display:block;font-size:.82rem;font-weight:400;color:var(--soft);letter-spacing:0;overflow-wrap:anywhere}
section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.2rem 1.4rem;margin:0 0 1.25rem}
section>h2+p{color:var(--soft);font-size:.92rem;max-width:60rem}
.findings{list-style:none;margin:.75rem 0 0;padding:0}
.findings li{display:grid;grid-template-columns:auto 1fr;gap:.1rem .9rem;padding:.7rem 0;border-top:1px solid var(--line)}
.findings li>*{min-width:0;overflow-wrap:anywhere}.findings p{grid-column:2;margin:0;color:var(--soft);font-size:.9rem}
.tag{align-self:start;font-size:.75rem;font-weight:600;padding:.15rem .55rem;border-radius:99px;background:var(--none);color:var(--ink);white-space:nowrap;margin-top:.15rem}
.tag.alarm,.tag.stale,.tag.none{background:var(--bad);color:var(--on)}.tag.warning,.tag.limited,.tag.paused{background:var(--late);color:var(--on)}.tag.fresh,.tag.new{background:var(--good);color:var(--on)}
.key{display:flex;flex-wrap:wrap;gap:.35rem 1.1rem;margin:.6rem 0;padding:0;list-style:none;font-size:.87rem;color:var(--soft)}
.key li{display:flex;align-items:center;gap:.4rem}
.scroll{overflow-x:auto;direction:rtl;border:1px solid var(--line);border-radius:10px}
.scroll table{direction:ltr}
table{border-collapse:separate;border-spacing:0;font-size:.9rem}
.grid th{font-weight:400;text-align:left;padding:0 .8rem;position:sticky;left:0;background:var(--card);z-index:1;border-right:1px solid var(--line);white-space:nowrap;max-width:15rem;overflow:hidden;text-overflow:ellipsis}
.grid th a{color:inherit;text-decoration:none}.grid th a:hover{text-decoration:underline}
.grid td{padding:2px 1px}
.grid tr>:first-child+td{padding-left:6px}.grid td:last-child{padding-right:6px}
.grid thead td{padding:.3rem 0 0;font-size:.72rem;color:var(--soft);height:1.4rem;position:relative}
.grid thead span{position:absolute;left:2px;bottom:0;white-space:nowrap}
.n{display:block;width:12px;height:20px;border-radius:3px;background:var(--none);color:var(--on);font:700 11px/20px system-ui,sans-serif;text-align:center;text-decoration:none}
.t,.u{background:var(--good)}.l{background:var(--late)}.f,.b,.m{background:var(--bad)}.o{background:var(--open)}
.u::before{content:"="}.l::before{content:"~"}.f::before{content:"×"}.b::before{content:"!"}.m::before{content:"?"}.o::before{content:"·"}
.c{background-image:radial-gradient(circle at 50% 76%,var(--on) 2px,transparent 2.6px)}
.d::before{content:"◆"}
a.n:hover{filter:brightness(1.15)}
a.n:focus-visible{outline:3px solid var(--link);outline-offset:1px}
a.n:hover::after,a.n:focus-visible::after{content:attr(aria-label);position:fixed;left:1rem;right:1rem;bottom:1rem;margin:auto;width:fit-content;max-width:calc(100vw - 2rem);padding:.5rem 1rem;border-radius:10px;background:var(--ink);color:var(--page);font:14px/1.4 system-ui,sans-serif;text-align:left;z-index:4;pointer-events:none}
.key .n{flex:none}
svg{display:block;width:100%}
.bars{height:44px;border-bottom:1px solid var(--line)}.bars .t{fill:var(--good)}.bars .l{fill:var(--late)}.bars .f{fill:var(--bad)}.bars .o{fill:var(--open)}
.spark{height:44px}.spark polyline{fill:none;stroke:var(--link);stroke-width:2;vector-effect:non-scaling-stroke}.spark path{stroke:var(--link);stroke-width:7;stroke-linecap:round;vector-effect:non-scaling-stroke}
.axis{display:flex;justify-content:space-between;font-size:.75rem;color:var(--soft);margin:.15rem 0 0}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:1rem 2rem;margin:.9rem 0}
.three{margin:1.2rem 0 0}.pair h4{margin:0;font-size:.85rem;font-weight:400;color:var(--soft)}.pair strong{font-weight:600}
details{border-top:1px solid var(--line)}
summary{cursor:pointer;padding:.6rem 0 .6rem 1.6rem;position:relative;list-style:none}
summary>*{display:inline-block;margin-right:.5rem}
summary::before{content:"▸";color:var(--soft);position:absolute;left:.2rem}details[open]>summary::before{content:"▾"}
summary::-webkit-details-marker{display:none}
summary .more{color:var(--soft);font-size:.9rem}
details.tenant>div{padding:0 0 1rem 1.6rem}details.tenant>div>p{color:var(--soft);font-size:.92rem}
details.night{border-top:1px dashed var(--line)}details.night>summary{padding-top:.4rem;padding-bottom:.4rem;font-size:.93rem}details.night>p{padding-left:1.6rem;font-size:.9rem;color:var(--soft);margin:0 0 .5rem}
details:target>summary{background:linear-gradient(90deg,var(--late-soft),transparent)}
.diff{list-style:none;margin:0 0 .7rem;padding:0 0 0 1.6rem;font-size:.9rem}
.diff li{padding:.15rem 0}.diff b{display:inline-block;min-width:4.6rem;font-weight:600}
.added b{color:var(--good)}.removed b{color:var(--bad)}.changed b{color:var(--late)}
.diff .p{color:var(--soft);display:block;padding-left:4.6rem}
.plain{width:100%}.plain th,.plain td{text-align:left;padding:.4rem .8rem .4rem 0;border-top:1px solid var(--line);vertical-align:top}
.plain thead th{border:0;color:var(--soft);font-weight:400;font-size:.85rem}
.wide{overflow-x:auto}
.filter{margin:.6rem 0 .2rem}.filter[hidden]{display:none}
.filter input{font:inherit;padding:.45rem .8rem;border:1px solid var(--soft);border-radius:8px;background:var(--page);color:inherit;width:min(22rem,100%)}
footer{color:var(--soft);font-size:.85rem;padding-bottom:3rem}
.hide{display:none}.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media (max-width:40rem){main,header,footer{padding-left:.9rem;padding-right:.9rem}section{padding:1rem}.verdict strong{font-size:1.3rem}.grid th{max-width:7.5rem;padding:0 .5rem}details.tenant>div{padding-left:.3rem}.diff{padding-left:.3rem}.tiles{grid-template-columns:1fr 1fr}.tiles dd{font-size:1.15rem}.tiles div{padding:.6rem .7rem}}
@media print{body{background:#fff}section{break-inside:avoid;border-color:#bbb}.filter,.skip,nav{display:none}}
`;
