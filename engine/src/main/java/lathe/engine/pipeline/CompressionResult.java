package lathe.engine.pipeline;

import lathe.engine.graph.Graph;
import lathe.engine.report.CompressionReport;

/**
 * A compressed network and its report.
 *
 * @param graph the network, with QuantizeLinear and DequantizeLinear nodes
 * @param report what was done
 */
public record CompressionResult(Graph graph, CompressionReport report) {}
