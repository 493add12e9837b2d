/**
 * How errors of a layer's outputs count for what reads them: the metric G of a {@link lathe.engine.layer.LayerProblem}. The
 * door is {@link lathe.engine.metric.OutputMetrics}.
 */
package lathe.engine.metric;
