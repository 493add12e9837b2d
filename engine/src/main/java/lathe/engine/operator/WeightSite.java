package lathe.engine.operator;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lathe.engine.graph.Node;

/**
 * Where a node uses weights. A node may have several sites, so a site is identified by its node and the input that
 * holds its weights. Immutable.
 *
 * @param operator which inputs of the node are what
 * @param node the node
 * @param layout how the matrix is stored in the weight tensor
 * @param observed what the matrix is multiplied with
 */
public record WeightSite(Operator operator, Node node, WeightLayout layout, Observed observed) {

    /** The value that meets the weights; where these meet hidden states, the value from which the node computes them. */
    public String input() {
        return node.inputs().get(operator.data());
    }

    /** True if the node adds a bias, or could: one value per output channel. */
    public boolean takesBias() {
        return operator.bias().isPresent();
    }

    /**
     * The node with other weights and another bias, into which the factors of the operator have been multiplied.
     *
     * @param now the node as it is to be but for these
     * @param weights name of the new weights
     * @param bias name of the new bias; empty where the operator takes none
     */
    public Node rewired(Node now, String weights, Optional<String> bias) {
        List<String> inputs = new ArrayList<>(now.inputs());
        inputs.set(operator.weights(), weights);
        bias.ifPresent(name -> {
            int position = operator.bias().orElseThrow();
            while (inputs.size() <= position) {
                inputs.add("");
            }
            inputs.set(position, name);
        });
        return operator.withoutFactors(now.withInputs(inputs));
    }
}
