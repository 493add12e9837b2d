'use strict';
(() => {
  const {el, bytes, color} = Page;
  const curve = JSON.parse(document.getElementById('report').textContent);
  const page = document.getElementById('page');

  const command = el('code', {class: 'command'});
  const gains = el('p', {class: 'note'});
  const lines = [];

  function choose(index) {
    command.textContent = curve.points[index].command;
    gains.textContent = `A byte more would help most in: ${curve.nextByte[index].join(', ')}`;
    lines.forEach((line, i) => line.classList.toggle('found', i === index));
  }

  function draw(canvas) {
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    const scale = title => ({
      title: {display: true, text: title, color: color('soft')},
      grid: {color: color('line')},
      ticks: {color: color('soft')},
    });
    return new Chart(canvas, {
      type: 'line',
      data: {
        datasets: [{
          data: curve.points.map(point => ({x: point.bytes, y: point.signalToNoiseDb})),
          borderColor: color('accent'),
          pointRadius: curve.points.map(point => point.measured ? 6 : 3),
          pointBackgroundColor: curve.points.map(point => color(point.measured ? 'accent' : 'card')),
        }],
      },
      options: {
        animation: false,
        maintainAspectRatio: false,
        interaction: {mode: 'nearest', axis: 'x', intersect: false},
        onClick: (event, elements) => elements.length > 0 && choose(elements[0].index),
        scales: {
          x: {type: 'linear', ...scale('size of the file'), ticks: {color: color('soft'), callback: bytes}},
          y: scale('SNR, dB'),
        },
        plugins: {
          legend: {display: false},
          tooltip: {
            displayColors: false,
            callbacks: {
              title: items => bytes(curve.points[items[0].dataIndex].bytes),
              label: item => {
                const point = curve.points[item.dataIndex];
                const how = point.measured ? 'measured' : 'interpolated';
                return `${point.signalToNoiseDb.toFixed(1)} dB, ${how}; ${point.bits.toFixed(2)} bits a weight`;
              },
            },
          },
        },
      },
    });
  }

  const canvas = el('canvas', {role: 'img', 'aria-label': 'SNR over size; the table below has the numbers'});
  const head = ['size', 'of the original', 'bits a weight', 'SNR, dB', ''];
  curve.points.forEach((point, index) => {
    const cells = [bytes(point.bytes), `${(100 * point.ratio).toFixed(1)} %`, point.bits.toFixed(2),
      point.signalToNoiseDb.toFixed(1), point.measured ? 'measured' : ''];
    const line = el('tr', {tabindex: '0'}, ...cells.map(text => el('td', null, text)));
    line.addEventListener('click', () => choose(index));
    line.addEventListener('keydown', event => event.key === 'Enter' && choose(index));
    lines.push(line);
  });
  page.append(
      el('h1', null, curve.model),
      el('p', {class: 'note'}, `${bytes(curve.bytesBefore)} in the original. SNR on ${curve.inputs}`),
      el('div', {class: 'chart'}, canvas),
      el('p', null, 'Click a size; this makes the file:'),
      el('p', null, command),
      gains,
      el('table', null, el('thead', null, el('tr', null, ...head.map(text => el('th', null, text)))),
          el('tbody', null, ...lines)));
  choose(Math.floor(curve.points.length / 2));
  let drawn = draw(canvas);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    drawn.destroy();
    drawn = draw(canvas);
  });
})();
