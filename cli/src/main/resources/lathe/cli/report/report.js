'use strict';
(() => {
  const {el, scaled, bytes, color} = Page;
  const report = JSON.parse(document.getElementById('report').textContent);
  const layers = report.layers.map((layer, index) => ({...layer, number: index + 1}));

  const list = lines => el('ul', null, ...lines.map(line => el('li', null, line)));

  const facts = pairs => el('dl', {class: 'facts'},
      ...pairs.flatMap(([name, value]) => [el('dt', null, name), el('dd', null, value)]));

  /** A name that may break after a slash, whatever direction its letters run in. */
  function breakable(name) {
    const parts = name.split(/(?<=\/)/);
    return el('bdi', null, ...parts.flatMap((part, i) => i === 0 ? [part] : [el('wbr'), part]));
  }

  // Numbers, as the command prints them.

  function percent(share) {
    if (share === null) return '\u2013';
    const value = 100 * share;
    if (value === 0) return '0 %';
    if (value < 0.0001) return '<0.0001 %';
    return `${value.toFixed(value >= 10 ? 1 : value >= 0.1 ? 2 : 4)} %`;
  }

  function decibels(error) {
    if (error === null) return '\u2013';
    return error === 0 ? 'exact' : `${(-10 * Math.log10(error)).toFixed(1)} dB`;
  }

  const plain = value => value === null ? '\u2013' : String(Number(value.toPrecision(4)));

  const plural = (count, thing) => `${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`;

  // How large an error is, from hardly there to severe.

  const MAGNITUDES = [[1e-4, 'below 0.01 %'], [1e-3, 'to 0.1 %'], [1e-2, 'to 1 %'], [1e-1, 'to 10 %'],
    [Infinity, 'above 10 %']];

  function magnitude(error) {
    return error === null ? MAGNITUDES.length - 1 : MAGNITUDES.findIndex(([most]) => error <= most);
  }

  // Tables that can be sorted by any column and filtered by words.

  /** Numbers that JSON could not hold come last, as the largest. */
  function compared(a, b) {
    if (typeof a === 'string') return a.localeCompare(b, 'en', {numeric: true});
    if (a === null || b === null) return (a === null) - (b === null);
    return a - b;
  }

  /** Columns: title, value(row) to sort by, cell(row) to show, and optionally style: a class of its cells. */
  function table(columns, rows, totals) {
    const lines = rows.map(row => ({
      row,
      node: el('tr', null, ...columns.map(column => el('td', {class: column.style || ''}, column.cell(row)))),
    }));
    const body = el('tbody', null, ...lines.map(line => line.node));
    const heads = columns.map(column => {
      const button = el('button', {type: 'button'}, column.title);
      const head = el('th', {scope: 'col', class: column.style || '', 'aria-sort': 'none'}, button);
      button.addEventListener('click', () => sort(column, head));
      return head;
    });
    const foot = el('tfoot');

    function sort(column, head) {
      const up = head.getAttribute('aria-sort') !== 'ascending';
      heads.forEach(other => other.setAttribute('aria-sort', 'none'));
      head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
      const sign = up ? 1 : -1;
      lines.sort((a, b) => sign * compared(column.value(a.row), column.value(b.row)));
      body.append(...lines.map(line => line.node));
    }

    /** Leaves the rows whose text holds all words of a query; answers how many these are. */
    function filter(query, text) {
      const words = query.toLowerCase().split(/\s+/).filter(word => word);
      lines.forEach(line => {
        const searched = text(line.row).toLowerCase();
        line.node.hidden = !words.every(word => searched.includes(word));
      });
      return sum();
    }

    function sum() {
      const shown = lines.filter(line => !line.node.hidden).map(line => line.row);
      if (totals) {
        foot.replaceChildren(el('tr', null, ...totals(shown).map((text, i) =>
            el('td', {class: columns[i].style || ''}, text))));
      }
      return shown.length;
    }

    sum();
    const node = el('div', {class: 'scroll', tabindex: '0'},
        el('table', null, el('thead', null, el('tr', null, ...heads)), body, ...totals ? [foot] : []));
    return {node, filter, line: row => lines.find(line => line.row === row).node};
  }

  // The layers.

  const errorAfter = (layer, stage) => {
    const found = layer.stages.find(candidate => candidate.stage === stage);
    return found ? found.error : null;
  };

  /** All with as many decimals, so that they can be compared down a column. */
  const aligned = error => error === null || 0 < error && error < 1e-6 ? percent(error) : `${(100 * error).toFixed(4)} %`;

  const pair = error => el('span', {class: 'pair'},
      el('span', null, aligned(error)), el('small', null, decibels(error)));

  function finalError(layer) {
    const dot = el('span', {class: `dot error-${magnitude(layer.error)}`});
    return el('span', {class: 'final'}, dot, pair(layer.error));
  }

  function stageColumns() {
    const titles = {input: 'Input rounding', rounded: 'Round to nearest', pruned: 'After pruning', solved: 'After solving'};
    const known = Object.keys(titles).filter(stage => stage === 'solved'
        ? layers.some(layer => errorAfter(layer, 'refined') !== null)
        : layers.some(layer => errorAfter(layer, stage) !== null));
    return known.map(stage => ({
      title: titles[stage],
      style: 'number',
      value: layer => errorAfter(layer, stage),
      cell: layer => errorAfter(layer, stage) === null ? '' : pair(errorAfter(layer, stage)),
    }));
  }

  const shape = layer => layer.shape.length === 0 ? 'scalar' : layer.shape.join('\u00d7');

  function layerColumns() {
    const number = (title, value, cell) => ({title, value, cell, style: 'number'});
    const text = (title, value, style) => ({title, value, cell: value, style});
    return [
      number('#', layer => layer.number, layer => String(layer.number)),
      {title: 'Layer', value: layer => layer.name, cell: layer => breakable(layer.name), style: 'name'},
      number('Error', layer => layer.error, finalError),
      ...stageColumns(),
      number('Before', layer => layer.bytesBefore, layer => bytes(layer.bytesBefore)),
      number('After', layer => layer.bytesAfter, layer => bytes(layer.bytesAfter)),
      number('Bits', layer => layer.bits, layer => layer.format.replace(/^int/, '')),
      ...layers.some(layer => layer.next) ? [nextColumn()] : [],
      number('Sparsity', layer => layer.sparsity, layer => `${(100 * layer.sparsity).toFixed(1)} %`),
      number('Weights', layer => layer.shape.reduce((a, b) => a * b, 1), shape),
      text('Kind', layer => layer.kind),
      text('Solver', layer => layer.solver),
      ...layers.some(layer => layer.note) ? [text('Note', layer => layer.note)] : [],
      number('Seconds', layer => layer.seconds, layer => layer.seconds.toFixed(2)),
    ];
  }

  /** Sorted by what a byte more takes away. */
  function nextColumn() {
    const cell = ({name, next}) => next === null ? '\u2013' : el('span', {class: 'pair'},
        el(report.nextByte.includes(name) ? 'strong' : 'span', null,
            `${next.format.replace(/^int/, '')}, +${bytes(next.bytes)}`),
        el('small', null, `predicted \u2212${percent(next.error)}`));
    return {title: 'Next bits', value: ({next}) => next === null ? 0 : next.error / next.bytes, cell, style: 'number'};
  }

  function layerTable() {
    const columns = layerColumns();
    const total = key => shown => bytes(shown.reduce((sum, layer) => sum + layer[key], 0));
    const sums = {
      Layer: shown => plural(shown.length, 'layer'), Before: total('bytesBefore'), After: total('bytesAfter'),
    };
    return table(columns, layers, shown =>
        columns.map(column => sums[column.title] ? sums[column.title](shown) : ''));
  }

  const searchText = layer => [layer.name, layer.kind, shape(layer), layer.shape.join('x'),
    layer.format, `${layer.bits} bits`, layer.solver, layer.note].join(' ');

  function layerTools(rows) {
    const input = el('input', {type: 'search', placeholder: 'Filter: name, kind, bits, solver \u2026',
      'aria-label': 'Filter layers', autocomplete: 'off', spellcheck: 'false'});
    const count = el('span', {class: 'hint', role: 'status'});
    const update = () => {
      const shown = rows.filter(input.value, searchText);
      count.textContent = shown === layers.length ? plural(shown, 'layer') : `${shown} of ${plural(layers.length, 'layer')}`;
    };
    input.addEventListener('input', update);
    update();
    return el('div', {class: 'tools'}, input, count);
  }

  // The charts. Errors lie on a logarithmic scale, drawn as the logarithm of the percentage on a linear one.

  const AXIS = 66;
  const RAISED = '\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079';
  const canvas = label => el('canvas', {role: 'img', 'aria-label': `${label}; the table below has the numbers`});
  const shortened = name => name.length <= 44 ? name : `${name.slice(0, 14)}...${name.slice(-27)}`;

  function powerOfTen(exponent) {
    if (exponent >= 0) return `${10 ** exponent} %`;
    if (exponent >= -4) return `${(10 ** exponent).toFixed(-exponent)} %`;
    const raised = [...String(-exponent)].map(digit => RAISED[digit]).join('');
    return `10\u207b${raised} %`;
  }

  function details(layer) {
    const rounded = errorAfter(layer, 'rounded');
    return [
      `error ${percent(layer.error)}, ${decibels(layer.error)}`,
      ...rounded === null ? [] : [`round to nearest ${percent(rounded)}, ${decibels(rounded)}`],
      `${bytes(layer.bytesBefore)} \u2192 ${bytes(layer.bytesAfter)}`,
    ];
  }

  function chart(node, datasets, y, lead, rows) {
    const grid = {color: color('line'), drawTicks: false};
    const ticks = {color: color('soft'), padding: 8};
    return new Chart(node, {
      data: {labels: layers.map(layer => layer.number), datasets},
      options: {
        animation: false,
        maintainAspectRatio: false,
        layout: {autoPadding: false, padding: {right: 6}},
        interaction: {mode: 'index', intersect: false},
        onClick: (event, elements) => elements.length > 0 && show(rows.line(layers[elements[0].index])),
        scales: {
          x: {grid: {display: false}, border: {color: color('line')}, ticks: {...ticks, maxRotation: 0, autoSkipPadding: 12}},
          y: {...y, grid, border: {display: false}, ticks: {...ticks, ...y.ticks}, afterFit: axis => { axis.width = AXIS; }},
        },
        plugins: {
          legend: {display: false},
          tooltip: {
            filter: item => item.datasetIndex === lead,
            displayColors: false,
            callbacks: {
              title: items => items.length > 0 ? `${items[0].label}  ${shortened(layers[items[0].dataIndex].name)}` : '',
              label: item => details(layers[item.dataIndex]),
            },
          },
        },
      },
    });
  }

  function show(line) {
    document.querySelectorAll('tr.found').forEach(other => other.classList.remove('found'));
    line.classList.add('found');
    line.scrollIntoView({block: 'center', behavior: 'smooth'});
  }

  function errorChart(node, rows) {
    const final = layers.map(layer => layer.error);
    const rounded = layers.map(layer => errorAfter(layer, 'rounded'));
    const logs = [...final, ...rounded].filter(error => error > 0).map(error => Math.log10(100 * error));
    const lowest = logs.length > 0 ? Math.floor(Math.min(...logs)) : -2;
    const highest = logs.length > 0 ? Math.max(Math.ceil(Math.max(...logs)), lowest + 1) : 0;
    const at = error => error === null ? null : error > 0 ? Math.log10(100 * error) : lowest;
    const points = {type: 'line', showLine: false, pointHoverRadius: 6, clip: 8};
    return chart(node, [
      {...points, data: final.map(at), pointRadius: 4.5, pointBorderWidth: 0, order: 0,
        pointBackgroundColor: final.map(error => color(`error-${magnitude(error)}`))},
      {...points, data: rounded.map(at), pointRadius: 3.5, pointBorderWidth: 1.5, order: 1,
        pointBackgroundColor: color('card'), pointBorderColor: color('soft')},
      {type: 'bar', data: final.map((error, i) => rounded[i] === null ? null : [at(error), at(rounded[i])]),
        barThickness: 1.5, minBarLength: 0, backgroundColor: color('before'), order: 2},
    ], {min: lowest, max: highest, ticks: {stepSize: 1, callback: powerOfTen}}, 0, rows);
  }

  function byteChart(node, rows) {
    const bars = {type: 'bar', grouped: false, categoryPercentage: 0.9, barPercentage: 0.85, maxBarThickness: 28};
    return chart(node, [
      {...bars, data: layers.map(layer => layer.bytesAfter), backgroundColor: color('accent'), order: 0},
      {...bars, data: layers.map(layer => layer.bytesBefore), backgroundColor: color('before'), order: 1},
    ], {beginAtZero: true, ticks: {maxTicksLimit: 5, callback: bytes}}, 0, rows);
  }

  function charts(rows) {
    const errors = canvas('Error of each layer');
    const sizes = canvas('Bytes of each layer before and after');
    let drawn = [];
    const draw = () => {
      drawn.forEach(old => old.destroy());
      Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
      drawn = [errorChart(errors, rows), byteChart(sizes, rows)];
    };
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
    const mark = (style, text) => el('li', null, el('span', {class: `dot ${style}`}), text);
    const compares = layers.some(layer => errorAfter(layer, 'rounded') !== null);
    const prunes = layers.some(layer => errorAfter(layer, 'pruned') !== null);
    const nodes = [
      el('h3', null, 'Error of each layer, in graph order'),
      el('div', {class: 'chart'}, errors),
      el('ul', {class: 'legend'}, ...MAGNITUDES.map(([, text], i) => mark(`error-${i}`, text)),
          compares ? mark('ring', `with round to nearest${prunes ? ', unpruned' : ''}`) : null),
      el('h3', null, 'Bytes of each layer'),
      el('div', {class: 'chart small'}, sizes),
      el('ul', {class: 'legend'}, mark('square before', 'before'), mark('square after', 'after')),
    ];
    return {nodes, draw};
  }

  // The page, from what everybody wants to know to what few do.

  function section(title, ...children) {
    const node = el('section', null, el('h2', null, title), ...children);
    page.append(node);
    return node;
  }

  const fileName = path => path.split(/[\\/]/).pop();

  const tile = (title, value, ...more) => el('div', {class: 'tile'},
      el('dt', null, title), el('dd', null, value), el('dd', {class: 'of'}, ...more));

  function fidelityTile() {
    const {outputs, statistics, inputs} = report.fidelity;
    const told = outputs.filter(({judged}) => judged.determined);
    if (told.length === 0) return null;
    const worst = told.reduce((a, b) => compared(a.judged.deviation, b.judged.deviation) >= 0 ? a : b);
    const {part, deviation} = worst.judged;
    const same = worst.top1Agreement === null || inputs === 'guessed' ? '' : `, top-1 agreement ${(100 * worst.top1Agreement).toFixed(1)} %`;
    const kind = statistics || inputs !== 'synthetic' ? '' : '; real inputs were up to 10 dB worse';
    return tile(`On ${inputs} inputs`, decibels(deviation === null ? null : deviation ** 2),
        `outputs deviate by ${percent(deviation)}${part === '' ? '' : `, ${part}`}${same}${kind}`);
  }

  function runTimeTile() {
    if (!report.time) return null;
    const {originalMillis, compressedMillis} = report.time;
    return tile('Time of a run', `${(compressedMillis / originalMillis).toFixed(2)}\u00d7`,
        `${originalMillis.toFixed(3)} \u2192 ${compressedMillis.toFixed(3)} ms, one thread`);
  }

  function head() {
    const weakest = layers.reduce((a, b) => compared(a.error, b.error) >= 0 ? a : b);
    page.append(
        el('p', {class: 'eyebrow'}, 'Lathe compression report'),
        el('h1', null, el('bdi', null, fileName(report.model))),
        el('p', {class: 'lead'}, report.summary),
        el('dl', {class: 'tiles'},
            tile('Size', bytes(report.bytesAfter),
                `${(100 * report.ratio).toFixed(0)} % of ${bytes(report.bytesBefore)}`),
            fidelityTile(),
            runTimeTile(),
            ...costTiles(),
            tile('Largest layer error', percent(weakest.error), decibels(weakest.error), ', ', breakable(weakest.name)),
            tile('Time', `${report.seconds.toFixed(1)} s`, `for ${plural(layers.length, 'layer')}, without data`)));
  }

  function layerSection() {
    const rows = layerTable();
    const drawing = charts(rows);
    section('Layers',
        el('p', {class: 'hint'}, 'Error: energy of the error of a layer\u2019s output relative to the output, measured on synthetic inputs, also as'
            + ' SNR in dB. Refining lowers the error of the network and may raise that of a layer a little. Input rounding:'
            + ' error from quantizing the layer\u2019s input, in addition to the error of its weights.'),
        ...drawing.nodes, layerTools(rows), ...nextByte(), rows.node);
    drawing.draw();
  }

  function nextByte() {
    if (report.nextByte.length === 0) return [];
    const names = report.nextByte.flatMap((name, i) => i === 0 ? [breakable(name)] : [', ', breakable(name)]);
    return [el('p', {class: 'hint'}, 'The next byte helps most in: ', ...names,
        '. Next bits: what a layer would get if the file could be larger, the bytes that this adds, and the error that it takes away,'
            + ' as predicted when bits were chosen from trying each format alone, without refining.')];
  }

  /** Bars are drawn to the scale of the largest layer, so that the widths of layers can be compared. */
  function channelSection() {
    if (report.channels.length === 0) return;
    const widest = Math.max(...report.channels.flatMap(line => [line.inputsBefore, line.outputsBefore]));
    const bar = (style, count) => {
      const node = el('i', {class: style});
      node.style.width = `${100 * count / widest}%`;
      return node;
    };
    const counts = (before, after) => el('span', {class: 'channels'},
        el('span', {class: 'span'}, bar('seen', before), bar('left', after)),
        el('span', null, after === before ? `${before}` : `${after} of ${before}`));
    const ranks = report.channels.some(line => line.rank !== null);
    const smaller = report.channels.filter(line => line.inputsAfter < line.inputsBefore || line.outputsAfter < line.outputsBefore);
    const two = report.channels.filter(line => line.rank !== null);
    const told = [smaller.length > 0 ? `${plural(smaller.length, 'layer')} with fewer channels` : null,
      two.length > 0 ? `${plural(two.length, 'layer')} that became two of low rank` : null].filter(text => text);
    section('Channels',
        el('p', {class: 'hint'}, `${told.join(', ')}. Coloured: channels that are left; grey: those that were removed.`
            + (ranks ? ' Rank: channels between the two layers.' : '')),
        table([
          {title: 'Layer', value: line => line.name, cell: line => breakable(line.name), style: 'name'},
          {title: 'Outputs', value: line => line.outputsAfter, cell: line => counts(line.outputsBefore, line.outputsAfter)},
          {title: 'Inputs', value: line => line.inputsAfter, cell: line => counts(line.inputsBefore, line.inputsAfter)},
          ...ranks ? [{title: 'Rank', value: line => line.rank, style: 'number',
            cell: line => line.rank === null ? '\u2013' : String(line.rank)}] : [],
        ], report.channels).node,
        ...kept());
  }

  /** Why the others stay. */
  function kept() {
    if (!report.keptChannels || report.keptChannels.reasons.length === 0) return [];
    const {channels, reasons} = report.keptChannels;
    const sum = reasons.reduce((total, line) => total + line.channels, 0);
    return [
      el('h3', null, `${sum.toLocaleString('en')} of ${plural(channels, 'channel')} have to stay`),
      table([
        {title: 'Channels', value: line => line.channels, cell: line => line.channels.toLocaleString('en'), style: 'number'},
        {title: 'Since', value: line => line.reason, cell: line => line.reason, style: 'wrap'},
      ], reasons).node,
    ];
  }

  // What a run costs on a device.

  const joules = value => scaled(1e12 * value, ['pJ', 'nJ', '\u00b5J', 'mJ', 'J']);
  const large = value => scaled(value, ['', 'k', 'M', 'G', 'T', 'P']);
  const millis = value => `${value.toFixed(3)} ms`;

  function change(before, after, text) {
    const told = value => value === null || value === undefined ? '?' : text(value);
    return `${told(before)} \u2192 ${told(after)}`;
  }

  function predicted() {
    const {threads, latencyError} = report.costs.after;
    return plural(threads, 'thread') + (latencyError === null ? '' : `, median error ${(100 * latencyError).toFixed(0)} %`);
  }

  /** Tiles of what the device has: time, energy. */
  function costTiles() {
    if (!report.costs) return [];
    const {before, after} = report.costs;
    const ratio = key => `${(after[key] / before[key]).toFixed(2)}\u00d7`;
    return [
      after.milliseconds === null ? null : tile(`Predicted time on ${after.device}`, ratio('milliseconds'),
          `${change(before.milliseconds, after.milliseconds, millis)}, ${predicted()}`),
      after.joules === null || before.joules === null ? null : tile(`Predicted energy on ${after.device}`, ratio('joules'),
          `${change(before.joules, after.joules, joules)}; ${after.energySource}`),
    ];
  }

  function costSection() {
    if (!report.costs) return;
    const {before, after} = report.costs;
    const known = new Map(before.nodes.map(node => [node.name, node]));
    const rows = after.nodes.filter(node => node.macs > 0).map(node => ({...node, before: known.get(node.name) || {}}));
    const kinds = [['Bit operations', 'bops', large], ['Energy', 'joules', joules], ['Time', 'milliseconds', millis]]
        .filter(([, key]) => rows.some(row => row[key] !== null));
    const sum = (shown, key) => shown.reduce((total, row) => total + (row[key] || 0), 0);
    const columns = [
      {title: 'Layer', value: row => row.name, cell: row => breakable(row.name), style: 'name'},
      {title: 'Kind', value: row => row.opType, cell: row => row.opType},
      {title: 'MACs', value: row => row.macs, cell: row => large(row.macs), style: 'number'},
      {title: 'Bits', value: row => row.weightBits * row.inputBits, style: 'number',
        cell: row => row.weightBits === null ? '?' : `${row.weightBits} \u00d7 ${row.inputBits}`},
      ...kinds.map(([title, key, text]) =>
          ({title, value: row => row[key], cell: row => change(row.before[key], row[key], text), style: 'number'})),
    ];
    const timed = after.milliseconds === null ? '' : ` Time: ${predicted()} on networks that it was not fitted to; all nodes,`
        + ` those without weights included, take ${change(before.milliseconds, after.milliseconds, millis)}.`;
    section(`Cost of a run on ${after.device}`,
        el('p', {class: 'hint'}, `Predicted by a device profile, not measured on this run: ${after.source}.${timed}`
            + (after.energySource === null ? '' : ` Energy: ${after.energySource}, ${change(before.joules, after.joules, joules)} in all.`)
            + ' Bits: of weights and of inputs, after compression.'
            + (after.unknown.length === 0 ? '' : ` Not counted, since their weights are not one matrix of FLOAT: ${after.unknown.join(', ')}.`)),
        table(columns, rows, shown => [plural(shown.length, 'layer'), '', large(sum(shown, 'macs')), '',
          ...kinds.map(([, key, text]) => change(sum(shown.map(row => row.before), key), sum(shown, key), text))]).node);
  }

  function judgement({judged: {part, deviation, determined}}) {
    if (!determined) return `undetermined: ${part}`;
    return part === '' ? '' : `${decibels(deviation === null ? null : deviation ** 2)}, ${part}`;
  }

  function outputSection() {
    const outputs = report.fidelity.outputs;
    if (outputs.length < 2 && outputs.every(({judged}) => judged.part === '')) return;
    const number = (title, value, cell) => ({title, value, cell, style: 'number'});
    section('Outputs', table([
      {title: 'Output', value: line => line.name, cell: line => breakable(line.name), style: 'name'},
      number('Deviation', line => line.deviation,
          line => pair(line.deviation === null ? null : line.deviation ** 2).lastChild),
      number('Share', line => line.deviation, line => percent(line.deviation)),
      number('Cosine', line => line.cosine, line => line.cosine === null ? '\u2013' : line.cosine.toFixed(5)),
      number('Same top-1', line => line.top1Agreement, line => percent(line.top1Agreement)),
      {title: 'Measured on', value: judgement, cell: judgement, style: 'wrap'},
    ], outputs).node);
  }

  function span(range) {
    const low = Math.min(range.low, range.seenLow);
    const width = Math.max(range.high, range.seenHigh) - low || 1;
    const bar = (style, from, to) => {
      const node = el('i', {class: style});
      node.style.left = `${100 * (from - low) / width}%`;
      node.style.width = `${100 * (to - from) / width}%`;
      return node;
    };
    return el('span', {class: 'span'}, bar('seen', range.seenLow, range.seenHigh), bar('coded', range.low, range.high));
  }

  function activationSection() {
    if (report.activations.length === 0) return;
    const number = (title, value) => ({title, value, cell: range => plain(value(range)), style: 'number'});
    section('Activation ranges',
        el('p', {class: 'hint'}, 'Clipping ranges of quantized activations. Wide bar: observed range on synthetic inputs;'
            + ' narrow bar: clipping range.'),
        table([
          {title: 'Value', value: range => range.value, cell: range => breakable(range.value), style: 'name'},
          number('Bits', range => range.bits),
          number('Low', range => range.low),
          number('High', range => range.high),
          number('Observed low', range => range.seenLow),
          number('Observed high', range => range.seenHigh),
          {title: 'Range', value: range => range.high - range.low, cell: span},
        ], report.activations).node);
  }

  function leftSection() {
    if (report.left.length === 0) {
      section('Left unchanged',
          el('p', {class: 'hint'}, 'Nothing: all constants are weights of layers that were compressed.'));
      return;
    }
    const number = (title, value, cell) => ({title, value, cell, style: 'number'});
    section('Left unchanged', table([
      {title: 'Read by', value: left => left.name, cell: left => breakable(left.name), style: 'name'},
      {title: 'Kind', value: left => left.opType, cell: left => left.opType},
      number('Bytes', left => left.bytes, left => left.bytes === 0 ? '\u2013' : bytes(left.bytes)),
      number('Share of the file', left => left.share, left => left.bytes === 0 ? '\u2013' : percent(left.share)),
      {title: 'Why', value: left => left.reason, cell: left => left.reason, style: 'wrap'},
    ], report.left).node);
  }

  function stepsSection() {
    const parts = [['Assumed', report.assumptions], ['Prepared', report.passes], ['Refined', report.refinements],
      ['Guard', guardLines()], ['Fell back', fellBack(report.floor)]];
    const told = parts.filter(([, lines]) => lines.length > 0);
    if (told.length > 0) {
      section('What was done', ...told.flatMap(([title, lines]) => [el('h3', null, title), list(lines)]));
    }
  }

  function guardLines() {
    if (!report.guard) return [];
    const {gates, inputs, checks} = report.guard;
    const held = gates.filter(({gate}) => gate !== 'max-layer-error').map(({gate, subject, limit, measured}) =>
        gate === 'min-snr'
            ? `output '${subject}': ${measured === null ? 'exact' : `at least ${measured.toFixed(1)} dB`} (required: ${limit})`
            : `output '${subject}': at least ${(100 * measured).toFixed(2)} % same top-1 (required: ${100 * limit} %)`);
    return [...held, `found in ${checks} checks on ${inputs} fresh inputs`, ...fellBack(report.guard)];
  }

  function fellBack({atFirst, floatActivations, fallbacks}) {
    if (!floatActivations && fallbacks.length === 0) return [];
    const bits = count => count === 32 ? 'FP32' : `${count} bit${count === 1 ? '' : 's'}`;
    return [`because ${atFirst}`, ...(floatActivations ? ['activations fell back from integers to float'] : []),
      ...fallbacks.map(({layer, fromBits, toBits}) =>
          `${layer} fell back from ${fromBits === 32 ? 'sparse' : bits(fromBits)} to ${bits(toBits)}`)];
  }

  function pictureSection() {
    if (report.pictures.length === 0) return;
    section('Synthetic images',
        el('p', {class: 'hint'}, `Some of the ${report.provenance.options.images} synthetic images used in place of data.`),
        el('div', {class: 'pictures'}, ...report.pictures.map(picture => el('img', {
          src: `data:image/png;base64,${picture.png}`, width: picture.width, height: picture.height,
          class: picture.width < 64 ? 'coarse' : '', alt: `synthetic image ${picture.number}`,
        }))));
  }

  function runSection() {
    const {provenance, environment} = report;
    const code = text => el('code', null, text);
    section('This run', el('div', {class: 'columns'},
        el('div', null, el('h3', null, 'Files and versions'), facts([
          ['Original', report.model],
          ['SHA-256', code(provenance.sourceSha256)],
          ['Compressed', report.output],
          ['SHA-256', code(report.outputSha256)],
          ['Lathe', provenance.version],
          ['ONNX Runtime', environment.onnxRuntime],
          ['Java', environment.java],
          ['System', environment.system],
        ])),
        el('div', null, el('h3', null, 'Recipe'),
            el('p', {class: 'hint'}, 'A file for --config, from which the model can be made again.'),
            el('pre', null, provenance.recipe))));
  }

  function candidateSection() {
    if (report.candidates.length === 0) return;
    const names = Object.keys(report.candidates[0].options);
    const number = (title, value, cell) => ({title, value, cell: row => value(row) === null ? '\u2013' : cell(row), style: 'number'});
    const text = (title, value) => ({title, value, cell: value});
    section('Candidates',
        el('p', {class: 'hint'}, 'Compared on fresh synthetic inputs that were used for nothing else.'),
        table([
          ...names.map(name => text(name, row => row.options[name])),
          number('Size', row => row.bytes, row => bytes(row.bytes)),
          number('SNR dB', row => row.signalToNoiseDb, row => row.signalToNoiseDb.toFixed(1)),
          number('Seconds', row => row.seconds, row => row.seconds.toFixed(1)),
          text('', row => row.kept ? 'kept' : row.failure || ''),
        ], report.candidates).node);
  }

  const page = document.getElementById('page');
  head();
  if (report.warnings.length > 0) section('Warnings', list(report.warnings)).classList.add('warnings');
  layerSection();
  channelSection();
  costSection();
  outputSection();
  candidateSection();
  activationSection();
  leftSection();
  stepsSection();
  pictureSection();
  runSection();
})();
