package lathe.precondition;

import java.util.List;
import java.util.stream.Stream;
import lathe.engine.graph.Node;

/**
 * Two layers and what lies between them: the first writes channels, the links pass them on, the second reads them, and
 * nothing else does.
 *
 * @param first writes the channels
 * @param links in order
 * @param second reads them
 * @param channels how many the first writes
 * @param inputsPerChannel how many of the second's input channels hold one of these: several where they are flattened
 */
record Chain(Node first, List<Link> links, Node second, int channels, int inputsPerChannel) {

    Chain {
        links = List.copyOf(links);
    }

    /** The values between the two layers. */
    List<String> values() {
        return Stream.concat(Stream.of(first), links.stream().map(Link::node))
                .map(Node::output)
                .toList();
    }
}
