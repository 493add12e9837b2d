package lathe.cli.commands;

import java.util.Map;
import lathe.engine.operator.NodeCost;

/**
 * What a network costs too much.
 *
 * @param share of its cost that has to go; 0 or less if nothing has to
 * @param cost of its nodes, of which it has too much
 */
record Excess(double share, NodeCost cost) {

    static final Excess NONE = new Excess(0, (graph, shapes) -> Map.of());
}
