'use strict';

// What all pages share.
const Page = (() => {
  // Elements: texts go in as text nodes and attributes, so that no name can become markup.

  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    Object.entries(attributes || {}).forEach(([name, value]) => node.setAttribute(name, value));
    node.append(...children.filter(child => child !== null));
    return node;
  }

  const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

  function bytes(count) {
    let value = count;
    let unit = 0;
    while (value >= 999.5 && unit < UNITS.length - 1) {
      value /= 1000;
      unit++;
    }
    const decimals = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    return `${value.toFixed(decimals)} ${UNITS[unit]}`;
  }

  const color = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  return {el, bytes, color};
})();
