/** The page's script: arrow keys in the grid, so that Tab need not stop at every cell; unfolding the target of a link; and
 * a filter. The page also works without scripts. */
export const SCRIPT = `
(()=>{
const grid=document.querySelector('.grid'),rows=grid?[...grid.tBodies[0].rows].map(r=>[...r.querySelectorAll('a.n')]):[];
let at=null;
const all=rows.flat();
for(const a of all)a.tabIndex=-1;
const take=a=>{if(!a)return;if(at)at.tabIndex=-1;at=a;a.tabIndex=0};
const first=rows.find(r=>r.length);
if(first)take(first[first.length-1]);
const column=a=>a.parentNode.cellIndex;
const visible=r=>r.length&&!r[0].closest('tr').classList.contains('hide');
grid?.addEventListener('keydown',e=>{
 const a=e.target.closest('a.n');if(!a)return;
 const y=rows.findIndex(r=>r.includes(a)),x=rows[y].indexOf(a);let to=null;
 if(e.key==='ArrowLeft')to=rows[y][x-1];else if(e.key==='ArrowRight')to=rows[y][x+1];
 else if(e.key==='Home')to=rows[y][0];else if(e.key==='End')to=rows[y][rows[y].length-1];
 else if(e.key==='ArrowUp'||e.key==='ArrowDown'){const d=e.key==='ArrowUp'?-1:1;
  for(let i=y+d;i>=0&&i<rows.length&&!to;i+=d)if(visible(rows[i]))to=rows[i].reduce((b,c)=>Math.abs(column(c)-column(a))<Math.abs(column(b)-column(a))?c:b)}
 else return;
 e.preventDefault();if(to){take(to);to.focus()}
});
grid?.addEventListener('focusin',e=>{const a=e.target.closest('a.n');if(a)take(a)});
const unfold=()=>{const id=decodeURIComponent(location.hash.slice(1)),el=id&&document.getElementById(id);if(!el)return;
 for(let d=el;d;d=d.parentElement)if(d.tagName==='DETAILS')d.open=true;
 el.classList.remove('hide');el.scrollIntoView({block:'start'});const s=el.querySelector('summary');if(s)s.focus({preventScroll:true})};
addEventListener('hashchange',unfold);unfold();
document.addEventListener('click',e=>{const a=e.target.closest('a[href^="#"]');if(a&&a.hash===location.hash)unfold()});
const box=document.querySelector('.filter'),input=box?.querySelector('input');
if(box&&input){box.hidden=false;input.addEventListener('input',()=>{const q=input.value.trim().toLowerCase();
 for(const el of document.querySelectorAll('[data-tenant]'))el.classList.toggle('hide',!el.dataset.tenant.includes(q))})}
})();
`;
