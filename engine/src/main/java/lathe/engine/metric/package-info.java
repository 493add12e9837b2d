/**
 * How errors of a layer's outputs are weighted by the layers that read them: the metric G of a
 * {@link lathe.engine.layer.LayerProblem}. The entry point is {@link lathe.engine.metric.OutputMetrics}.
 */
package lathe.engine.metric;
