import { createHash } from 'node:crypto';

const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem}label{display:block;margin:.6rem 0 .2rem;font-weight:600}input,select,textarea,button{font:inherit;padding:.4rem;width:100%;box-sizing:border-box}
textarea{font-family:ui-monospace,monospace;min-height:14rem}button{width:auto;margin-top:.8rem;padding:.5rem 1.2rem}pre{overflow:auto;padding:1rem;border:1px solid #8888}
.bad{color:#b00020}@media(prefers-color-scheme:dark){.bad{color:#ff8a8a}}`;

// names and cells reach the page as text, never as markup
const SCRIPT = `const $=(id)=>document.getElementById(id);const headers=()=>{const t=$('token').value;return t?{authorization:'Bearer '+t}:{}};
const ask=async(path,init={})=>{const r=await fetch(path,{...init,headers:{...headers(),...(init.body?{'content-type':'application/json'}:{})}});return{ok:r.ok,json:await r.json()}};
const load=async()=>{const{ok,json}=await ask('/v1/models');$('status').textContent=ok?'':json.error.message;$('model').replaceChildren();
for(const m of ok?json.models:[]){const o=document.createElement('option');o.value=o.textContent=m.name;$('model').append(o)}if(ok&&json.models.length)await pick()};
const pick=async()=>{const{json}=await ask('/v1/models/'+encodeURIComponent($('model').value)+'/schema');
const pairs=json.columns.map((c)=>[c.name,c.examples?c.examples[0]:c.min===undefined?null:(c.type==='datetime'?null:(c.min+c.max)/2)]);
$('row').value='{\\n'+pairs.map(([n,v])=>'  '+JSON.stringify(n)+': '+JSON.stringify(v)).join(',\\n')+'\\n}'};
$('model').addEventListener('change',pick);$('token').addEventListener('change',load);
$('form').addEventListener('submit',async(e)=>{e.preventDefault();const{ok,json}=await ask('/v1/models/'+encodeURIComponent($('model').value)+'/predict?reasons=5',{method:'POST',body:$('row').value});
$('answer').className=ok?'':'bad';$('answer').textContent=JSON.stringify(json,null,2)});load();`;

/** A page to try the models, in one file and without a network. */
export const TRY_PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Millwright</title>
<link rel="icon" href="data:,"><style>${STYLE}</style></head><body><main><h1>Try a model</h1><form id="form"><label for="token">Token (where one is asked for)</label>
<input id="token" type="password" autocomplete="off"><label for="model">Model</label><select id="model"></select><label for="row">Row</label>
<textarea id="row" spellcheck="false"></textarea><button>Predict</button> <span id="status" class="bad" role="status"></span></form><h2>Answer</h2>
<pre id="answer" aria-live="polite"></pre><p>The description for machines: <a href="/openapi.json">openapi.json</a></p></main><script>${SCRIPT}</script></body></html>`;

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing but what stands in the page may run in it, and it talks to this server alone. */
export const TRY_POLICY = `default-src 'none'; style-src ${hash(STYLE)}; script-src ${hash(SCRIPT)}; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
