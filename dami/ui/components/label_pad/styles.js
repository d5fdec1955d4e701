// The label pad's styles. All colors come from Streamlit's theme, so the pad follows light, dark and own themes.

const CSS = `
.dami-pad {
  --pad-text: var(--st-text-color, #31333f);
  --pad-page: var(--st-background-color, #fff);
  --pad-accent: var(--st-primary-color, #2f6fde);
  --pad-soft: color-mix(in srgb, var(--pad-text) 72%, var(--pad-page));
  --pad-line: color-mix(in srgb, var(--pad-text) 16%, var(--pad-page));
  --pad-tint: color-mix(in srgb, var(--pad-text) 5%, var(--pad-page));
  --pad-hover: color-mix(in srgb, var(--pad-text) 9%, var(--pad-page));
  --pad-radius: var(--st-button-radius, 0.5rem);
  container-type: inline-size;
  box-sizing: border-box;
  width: 100%;
  color: var(--pad-text);
  font: 400 14px/1.45 var(--st-font, system-ui, sans-serif);
  font-variant-numeric: tabular-nums;
  text-align: start;
}
.dami-pad *, .dami-pad *::before { box-sizing: border-box; }
.dami-pad [hidden] { display: none !important; }
.dami-pad [dir=auto] { text-align: -webkit-match-parent; text-align: match-parent; } /* right-to-left texts keep their order, not their own margin */
.dami-pad p, .dami-pad h3, .dami-pad dl, .dami-pad dd, .dami-pad ol { margin: 0; padding: 0; font-size: inherit; }
.dami-pad button { font: inherit; color: inherit; cursor: pointer; margin: 0; }
.dami-pad button:disabled { opacity: 0.42; cursor: default; }
.dami-pad :is(button, input, summary):focus-visible { outline: 2px solid var(--pad-accent); outline-offset: 1px; }
.dami-pad input {
  font: inherit; color: inherit; background: var(--pad-page); width: 100%; height: 30px; padding: 0 9px; margin: 0;
  border: 1px solid var(--pad-line); border-radius: var(--pad-radius);
}
.dami-pad input::placeholder { color: var(--pad-soft); opacity: 1; }
.dami-pad input[aria-invalid] { border-color: var(--st-red-color, #c33); }
.dami-pad kbd {
  font: 500 11px/16px var(--st-code-font, ui-monospace, monospace); min-width: 18px; padding: 0 4px; text-align: center;
  color: var(--pad-soft); background: var(--pad-tint); border: 1px solid var(--pad-line); border-radius: 4px;
}
.dami-pad .icon { width: 15px; height: 15px; flex: none; fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round; }
.dami-pad .link { background: none; border: 0; padding: 2px 0; color: var(--st-link-color, var(--pad-accent)); font-size: 13px; }
.dami-pad .link:hover { text-decoration: underline; }
.dami-pad .note { color: var(--pad-soft); }
.dami-pad .live { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.dami-pad .swatch { width: 12px; height: 12px; border-radius: 3px; flex: none; display: inline-block; box-shadow: inset 0 0 0 1px color-mix(in srgb, var(--pad-text) 18%, transparent); }
.dami-pad .chip {
  display: inline-flex; align-items: center; gap: 6px; max-width: 100%; min-width: 0; padding: 0 8px; height: 22px; vertical-align: bottom;
  border-radius: 11px; background: var(--pad-tint); border: 1px solid var(--pad-line); font-size: 13px; line-height: 20px;
}
.dami-pad .chip bdi { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.dami-pad .chip .swatch { width: 10px; height: 10px; }
.dami-pad .chip.skip { color: var(--pad-soft); font-style: italic; }

.dami-pad header .line { display: flex; align-items: center; gap: 10px; min-height: 32px; }
.dami-pad h3.row { font: 600 20px/1.3 var(--st-heading-font, var(--st-font, system-ui)); color: var(--st-heading-color, inherit); white-space: nowrap; letter-spacing: 0; }
.dami-pad .has { flex: 1; min-width: 0; display: flex; }
.dami-pad .title { color: var(--pad-soft); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.dami-pad .find { position: relative; flex: 0 1 150px; min-width: 104px; }
.dami-pad .hits {
  position: absolute; z-index: 20; top: 34px; inset-inline-end: 0; width: min(340px, 88cqw); max-height: 300px; overflow: auto; padding: 4px;
  background: var(--pad-page); border: 1px solid var(--pad-line); border-radius: var(--pad-radius); box-shadow: 0 6px 24px rgb(0 0 0 / 0.18);
}
.dami-pad .hits .note { padding: 6px 8px; }
.dami-pad .hits button { display: flex; gap: 10px; width: 100%; padding: 5px 8px; border: 0; border-radius: 4px; background: none; text-align: start; }
.dami-pad .hits button:is(:hover, [aria-selected=true]) { background: var(--pad-hover); }
.dami-pad .hits .words { color: var(--pad-soft); min-width: 0; flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.dami-pad .which { font-weight: 500; white-space: nowrap; }
.dami-pad .where { display: flex; justify-content: space-between; gap: 12px; margin-top: 4px; color: var(--pad-soft); font-size: 13px; min-height: 19px; }
.dami-pad .progress { height: 3px; margin-top: 4px; border-radius: 2px; background: var(--pad-line); overflow: hidden; }
.dami-pad .progress .fill { display: block; height: 100%; background: var(--pad-accent); transform-origin: left; transition: transform 0.2s; }

.dami-pad .empty { padding: 22px 0; color: var(--pad-soft); font-size: 15px; }
.dami-pad .why { margin-top: 12px; }
.dami-pad .reason { min-height: 2.9em; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; text-wrap: pretty; }
.dami-pad .under { display: flex; align-items: flex-start; justify-content: space-between; gap: 8px; min-height: 28px; margin-top: 2px; }
.dami-pad summary { cursor: pointer; color: var(--pad-soft); font-size: 13px; width: fit-content; line-height: 26px; }
.dami-pad summary:hover { color: inherit; }
.dami-pad .details { flex: 1; min-width: 0; }
.dami-pad .details dl { display: grid; grid-template-columns: auto 1fr; gap: 2px 14px; padding-bottom: 6px; font-size: 13px; }
.dami-pad dt { color: var(--pad-soft); font-weight: 400; }
.dami-pad dd { min-width: 0; overflow-wrap: anywhere; }

.dami-pad .classes { margin-top: 8px; }
.dami-pad .typing { position: relative; margin-bottom: 8px; }
.dami-pad .typing kbd { position: absolute; inset-inline-end: 9px; top: 6px; pointer-events: none; }
.dami-pad .typing input:focus + kbd { display: none; }
.dami-pad .grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(164px, 100%), 1fr)); gap: 6px; }
.dami-pad .grid[data-count="4"] { grid-template-columns: repeat(2, minmax(0, 1fr)); }
.dami-pad .grid[data-many] { grid-template-columns: repeat(auto-fill, minmax(min(164px, 100%), 1fr)); max-height: 230px; overflow: auto; padding: 2px; margin: -2px; }
.dami-pad .class {
  display: flex; align-items: center; gap: 8px; height: 38px; padding: 0 8px 0 11px; min-width: 0; text-align: start; background: var(--pad-page);
  border: 1px solid var(--pad-line); border-radius: var(--pad-radius);
}
.dami-pad .grid[data-many] .class { height: 32px; }
.dami-pad .class:not(:disabled):hover { background: var(--pad-hover); }
.dami-pad .class:not(:disabled):active { background: var(--pad-line); }
.dami-pad .class .name { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-weight: 500; }
.dami-pad .class .count { color: var(--pad-soft); font-size: 13px; }
.dami-pad .badges { display: flex; gap: 3px; }
.dami-pad .class[aria-pressed=true] { border-color: var(--class); box-shadow: inset 0 0 0 1px var(--class); background: color-mix(in srgb, var(--class) 12%, var(--pad-page)); }
.dami-pad .class[data-best] { border-color: var(--pad-accent); box-shadow: inset 0 0 0 1px var(--pad-accent); }
.dami-pad .class[data-known] { border-style: dashed; border-width: 2px; padding: 0 7px 0 10px; border-color: var(--class); background: color-mix(in srgb, var(--class) 14%, var(--pad-page)); }
.dami-pad .guideline { min-height: 1.45em; margin-top: 4px; color: var(--pad-soft); font-size: 13px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }

.dami-pad .bar { display: flex; gap: 6px; align-items: center; }
.dami-pad .controls { margin-top: 8px; display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); }
.dami-pad .control {
  display: inline-flex; align-items: center; justify-content: center; gap: 6px; height: 32px; padding: 0 8px; min-width: 0; white-space: nowrap;
  font-size: 13px; background: var(--pad-tint); border: 1px solid transparent; border-radius: var(--pad-radius);
}
.dami-pad .control:not(:disabled):hover { background: var(--pad-hover); }
.dami-pad .control kbd { background: none; border: 0; padding: 0; min-width: 0; }
.dami-pad .control[aria-pressed=true] { border-color: var(--pad-accent); color: var(--pad-accent); }
.dami-pad .control.queue { height: 26px; flex: none; border-color: var(--pad-accent); }
@container (max-width: 619px) {
  .dami-pad .controls { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
.dami-pad .practice { margin-top: 8px; padding-top: 8px; border-top: 1px solid var(--pad-line); }
.dami-pad .practice .control { flex: 0 1 auto; }
.dami-pad .practice .speed { min-width: 44px; color: var(--pad-soft); }
.dami-pad .practice .step { margin-inline-start: auto; font-weight: 600; white-space: nowrap; }
.dami-pad .practice .known { min-height: 1.45em; margin-top: 5px; }
.dami-pad .state { display: flex; align-items: center; justify-content: space-between; gap: 12px; margin-top: 6px; font-size: 13px; color: var(--pad-soft); }
.dami-pad .status::before { content: ""; display: inline-block; width: 7px; height: 7px; margin-inline-end: 7px; border-radius: 50%; background: var(--st-green-color, #21a366); vertical-align: 1px; }
.dami-pad .status[data-kind=busy]::before { background: var(--st-orange-color, #e0912f); }
.dami-pad .status[data-kind=rest]::before { background: var(--pad-line); }
.dami-pad .status[data-kind=alert] { color: var(--st-red-text-color, #b3261e); }
.dami-pad .status[data-kind=alert]::before { background: var(--st-red-color, #c33); }
.dami-pad .help { padding: 10px 12px; margin-top: 6px; font-size: 13px; background: var(--pad-tint); border-radius: var(--pad-radius); }
.dami-pad .help dl { display: grid; grid-template-columns: auto 1fr; gap: 3px 14px; margin: 6px 0; align-items: center; }
.dami-pad .help dt { white-space: nowrap; }
.dami-pad .help .key { background: none; border: 0; padding: 2px 0; }
.dami-pad .help .key:hover kbd { background: var(--pad-hover); }
.dami-pad .guess { margin-top: 8px; padding: 6px 10px; background: var(--pad-tint); border-radius: var(--pad-radius); }
.dami-pad .guess .said { display: inline-flex; flex-wrap: wrap; gap: 4px 8px; align-items: center; }
.dami-pad .near-duplicates { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 12px; margin-top: 8px; padding: 6px 10px; background: var(--pad-tint); border-radius: var(--pad-radius); }
.dami-pad .noting { position: relative; margin-top: 8px; }
.dami-pad .noting input { padding-inline-end: 40px; }
.dami-pad .noting kbd { position: absolute; inset-inline-end: 8px; top: 6px; }
@media (pointer: coarse) {
  .dami-pad :is(.class, .control, .entries button, .hits button, .help .key) { min-height: 44px; }
  .dami-pad input { height: 44px; }
  .dami-pad .noting kbd { top: 13px; }
  .dami-pad kbd { display: none; }
}

.dami-pad .card { margin-top: 12px; border-top: 1px solid var(--pad-line); padding-top: 8px; min-height: 60px; }
.dami-pad table { width: 100%; table-layout: fixed; border-collapse: collapse; margin: 0; font-size: 13px; }
.dami-pad table[data-waiting] { visibility: hidden; }
.dami-pad :is(th, td) { padding: 4px 8px 4px 0; border: 0; vertical-align: top; text-align: start; font-weight: 400; overflow-wrap: anywhere; }
.dami-pad thead th { color: var(--pad-soft); padding-bottom: 2px; }
.dami-pad tbody tr { border-top: 1px solid color-mix(in srgb, var(--pad-text) 8%, var(--pad-page)); }
.dami-pad tbody th { color: var(--pad-soft); }
.dami-pad tbody th span { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; }
.dami-pad thead th:first-child { width: 32%; }
.dami-pad .value { unicode-bidi: plaintext; white-space: pre-line; }
.dami-pad .value[data-folded] { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
.dami-pad .value[data-missing] { color: var(--pad-soft); font-style: italic; }
.dami-pad .mark:not(:empty) { padding: 0 6px; border-radius: 8px; font-size: 12px; white-space: nowrap; color: var(--st-orange-text-color, #8a4b00); background: var(--st-orange-background-color, rgb(255 164 33 / 0.15)); }
.dami-pad .more { display: block; }
.dami-pad .other { display: none; color: var(--pad-soft); overflow: hidden; text-overflow: ellipsis; }
.dami-pad td.other { display: none; white-space: nowrap; }
.dami-pad table[data-compare] .other { display: table-cell; width: 25%; }
.dami-pad .weight { display: none; width: 62px; padding-inline-end: 0; }
.dami-pad table[data-weights] .weight { display: table-cell; }
.dami-pad td.weight { padding-top: 10px; }
.dami-pad table[data-signed] td.weight { background: linear-gradient(var(--pad-line), var(--pad-line)) center / 1px 100% no-repeat; }
.dami-pad table[data-signed] .weight { width: 104px; }
.dami-pad .weight .fill { display: block; height: 6px; border-radius: 3px; background: color-mix(in srgb, var(--pad-accent) 65%, var(--pad-page)); }
.dami-pad tbody.left th::after { content: "not used by the model"; display: block; font-size: 11px; }
.dami-pad .left tr { background: var(--pad-tint); }
.dami-pad .left th { padding-inline-start: 6px; }
.dami-pad .foot { display: flex; align-items: center; gap: 12px; margin-top: 6px; flex-wrap: wrap; }
.dami-pad .foot input { flex: 1 1 120px; width: auto; min-width: 0; height: 28px; }
.dami-pad .foot .compare { margin-inline-start: auto; }

.dami-pad .given { margin-top: 12px; border-top: 1px solid var(--pad-line); padding-top: 4px; }
.dami-pad .entries { list-style: none; max-height: 260px; overflow: auto; }
.dami-pad .entries li { margin: 0; padding: 0; }
.dami-pad .entries button { display: flex; align-items: center; gap: 10px; width: 100%; padding: 3px 6px; border: 0; border-radius: 4px; background: none; text-align: start; font-size: 13px; }
.dami-pad .entries button:hover { background: var(--pad-hover); }
.dami-pad .entries [aria-current=true] { background: var(--pad-hover); }
.dami-pad .entries .which { min-width: 76px; }
.dami-pad .entries .by { color: var(--pad-soft); font-size: 12px; }
.dami-pad .entries .when { margin-inline-start: auto; color: var(--pad-soft); white-space: nowrap; }
`;

/**
 * Puts the styles beside the pad, once; they work inside a shadow root too.
 *
 * @param {ParentNode} host
 */
export function injectStyles(host) {
  if (host.querySelector("style[data-dami-pad]")) return;
  const style = document.createElement("style");
  style.dataset.damiPad = "";
  style.textContent = CSS;
  host.append(style);
}
