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

  /** Three digits and one of the units, each of which is a thousand of the one before. */
  function scaled(number, units) {
    let value = number;
    let unit = 0;
    while (value >= 999.5 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    const whole = unit === 0 && Number.isInteger(number);
    const decimals = whole || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    return `${value.toFixed(decimals)} ${units[unit]}`.trim();
  }

  const bytes = count => scaled(Math.round(count), ['B', 'kB', 'MB', 'GB', 'TB']);

  const color = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  return {el, scaled, bytes, color};
})();
