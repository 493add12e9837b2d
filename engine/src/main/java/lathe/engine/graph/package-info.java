/**
 * The network in memory: immutable nodes, initializers and the links between them. What a file says beyond that
 * travels along as an {@link lathe.engine.graph.Origin}, which only the package that read it understands.
 */
package lathe.engine.graph;
