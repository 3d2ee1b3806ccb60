// Copyright (c) 2026, The finops.cloudflare contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later
// Returns what is wrong with the layout of the page as it stands: texts over texts, texts out of their boxes, units that
// are broken in the middle, and what reaches out of the page.
() => {
  const slack = 1.5;
  const clipped = (element) => element.closest(".hidden, .skip, thead") !== null
    && getComputedStyle(element.closest(".hidden, .skip, thead")).clipPath !== "none" || element.closest(".skip") !== null;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const texts = [];
  const broken = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const parent = node.parentElement;
    if (!node.data.trim() || parent.closest("title, style, defs") || !parent.checkVisibility() || clipped(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const lines = range.getClientRects();
    if (parent.closest("td.copied") && !/\s/.test(node.data.trim()) && lines.length > 1) broken.push(node.data.trim());
    for (const line of lines) {
      if (line.width < 1 || line.height < 1) continue;
      const cut = getComputedStyle(parent).overflowX === "hidden" ? parent.getBoundingClientRect() : null;
      const right = cut ? Math.min(line.right, cut.right) : line.right;
      texts.push({node, parent, text: node.data.trim().slice(0, 40), left: line.left, right, top: line.top, bottom: line.bottom});
    }
  }
  texts.sort((one, other) => one.top - other.top);
  const problems = broken.map(word => `"${word}" is broken in the middle`);
  for (let first = 0; first < texts.length; first++) {
    const one = texts[first];
    for (let second = first + 1; second < texts.length && texts[second].top < one.bottom - slack; second++) {
      const other = texts[second];
      // The lines of one text have the height of its font, which may be more than that of a line.
      if (one.node === other.node || one.parent.contains(other.parent) && one.parent !== other.parent && one.parent.tagName === "P") continue;
      const tall = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const least = Math.min(one.bottom - one.top, other.bottom - other.top);
      if (wide > slack && tall > 0.35 * least) problems.push(`"${one.text}" lies over "${other.text}"`);
    }
    const box = one.parent.closest("td, th, figure, .tile, .missing, section, header, nav");
    const edge = box && box.getBoundingClientRect();
    if (edge && (one.right > edge.right + slack || one.left < edge.left - slack)) problems.push(`"${one.text}" reaches out of its box`);
  }
  if (document.scrollingElement.scrollWidth > innerWidth) problems.push(`the page is ${document.scrollingElement.scrollWidth} px wide`);
  return problems;
}
