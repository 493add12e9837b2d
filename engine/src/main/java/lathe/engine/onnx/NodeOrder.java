package lathe.engine.onnx;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lathe.engine.graph.Node;

/**
 * Puts nodes into an order in which every value is produced before it is read. The format asks files for such an order,
 * but some tools append the Casts that they add at the end, and ONNX Runtime takes such files.
 */
final class NodeOrder {

    private NodeOrder() {}

    /**
     * The nodes as they are where they are in order, or else each just behind the last of those that it needs; nodes of
     * a cycle come where the file has them. O(nodes and what they read).
     */
    static List<Node> sorted(List<Node> nodes) {
        Map<String, Node> producers = new HashMap<>();
        nodes.forEach(node -> node.outputs().forEach(output -> producers.putIfAbsent(output, node)));
        producers.remove("");
        if (isSorted(nodes, producers.keySet())) {
            return nodes;
        }
        List<Node> sorted = new ArrayList<>(nodes.size());
        Set<Node> begun = new HashSet<>();
        Set<Node> done = new HashSet<>();
        Deque<Node> open = new ArrayDeque<>();
        for (Node start : nodes) {
            open.push(start);
            while (!open.isEmpty()) {
                Node node = open.peek();
                if (begun.add(node)) {
                    pushProducers(node, producers, begun, open);
                } else {
                    open.pop();
                    if (done.add(node)) {
                        sorted.add(node);
                    }
                }
            }
        }
        return sorted;
    }

    private static boolean isSorted(List<Node> nodes, Set<String> produced) {
        Set<String> missing = new HashSet<>(produced);
        for (Node node : nodes) {
            if (node.inputs().stream().anyMatch(missing::contains)
                    || node.captures().stream().anyMatch(missing::contains)) {
                return false;
            }
            missing.removeAll(node.outputs());
        }
        return true;
    }

    /** The first that the node reads comes to lie on top. */
    private static void pushProducers(Node node, Map<String, Node> producers, Set<Node> begun, Deque<Node> open) {
        List<String> read = new ArrayList<>(node.inputs());
        read.addAll(node.captures());
        for (int i = read.size() - 1; i >= 0; i--) {
            Node producer = producers.get(read.get(i));
            if (producer != null && !begun.contains(producer)) {
                open.push(producer);
            }
        }
    }
}
