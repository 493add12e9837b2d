package lathe.engine.operator;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import lathe.engine.graph.ConstantValues;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;

/**
 * Two operands of which one is constant, where the equation is a matrix product or a batch of such, apart from the order of
 * axes: {@code bsd,dhk->bshk} projects d to (h, k), {@code bshk,hkd->bsd} goes back, and {@code bshd,hde->bshe} has a matrix
 * for each h. An index of the weights is one of the batch if it is in what they meet and in the result, an input if only in
 * the former, and an output if only in the latter. In the weights those of a kind must be next to each other, the batch
 * in front.
 */
final class Einsum extends Operator {

    private static final String ELLIPSIS = "...";

    Einsum(boolean left) {
        super("Einsum", left ? 1 : 0, left ? 0 : 1, OptionalInt.empty());
    }

    /** The indices of the two operands and the result, one letter an axis. */
    private record Equation(String data, String weights, String result, boolean ellipsis) {

        boolean isBatch(char index) {
            return data.indexOf(index) >= 0 && result.indexOf(index) >= 0;
        }

        boolean isInput(char index) {
            return data.indexOf(index) >= 0 && result.indexOf(index) < 0;
        }

        boolean isOutput(char index) {
            return data.indexOf(index) < 0 && result.indexOf(index) >= 0;
        }

        /** How many of the indices of the weights are of the batch. */
        int batchAxes() {
            return (int) weights.chars().filter(index -> isBatch((char) index)).count();
        }

        boolean hasOutputsFirst() {
            return weights.length() == batchAxes() || isOutput(weights.charAt(batchAxes()));
        }

        int firstAxes() {
            return (int) weights.chars()
                    .filter(index -> hasOutputsFirst() ? isOutput((char) index) : isInput((char) index))
                    .count();
        }

        /** The kinds of the indices of the weights in their order, such as {@code BIIO}. */
        String kinds() {
            return weights.chars()
                    .mapToObj(index -> isBatch((char) index)
                            ? "B"
                            : isInput((char) index) ? "I" : isOutput((char) index) ? "O" : "-")
                    .collect(Collectors.joining());
        }

        boolean isProduct() {
            boolean kept = data.chars().allMatch(index -> result.indexOf(index) >= 0 || weights.indexOf(index) >= 0);
            return kept && kinds().matches("B*(I+O*|O+I+)") && isDistinct(data) && isDistinct(weights);
        }

        private static boolean isDistinct(String indices) {
            return indices.chars().distinct().count() == indices.length();
        }
    }

    @Override
    boolean recognises(Graph graph, ConstantValues constants, Node node) {
        return node.is(name())
                && node.inputs().size() == 2
                && constants.contains(node.inputs().get(weights()))
                && !constants.contains(node.inputs().get(data()));
    }

    private Optional<Equation> equation(Node node) {
        String text = node.text("equation", "").replace(" ", "");
        String[] sides = text.split("->", -1);
        String[] operands = sides[0].split(",", -1);
        if (operands.length != 2 || sides.length > 2) {
            return Optional.empty();
        }
        String data = operands[data()];
        String result = sides.length == 2 ? sides[1] : implied(data, operands[weights()]);
        boolean ellipsis = data.startsWith(ELLIPSIS) && result.startsWith(ELLIPSIS);
        Equation equation =
                new Equation(indices(data, ellipsis), operands[weights()], indices(result, ellipsis), ellipsis);
        boolean letters =
                (equation.data + equation.weights + equation.result).chars().allMatch(Character::isLetter);
        return letters ? Optional.of(equation) : Optional.empty();
    }

    private static String indices(String operand, boolean ellipsis) {
        return ellipsis ? operand.substring(ELLIPSIS.length()) : operand;
    }

    /** Without an arrow, the result has the indices that occur once, in alphabetical order. */
    private static String implied(String data, String weights) {
        String once = (data + weights)
                .chars()
                .filter(Character::isLetter)
                .filter(index -> (data + weights).indexOf(index) == (data + weights).lastIndexOf(index))
                .sorted()
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
        return data.startsWith(ELLIPSIS) ? ELLIPSIS + once : once;
    }

    private Equation parsed(Node node) {
        return equation(node).orElseThrow();
    }

    @Override
    Optional<String> shapeObstacle(Node node, List<Long> dims) {
        Optional<Equation> equation = equation(node);
        boolean product = equation.filter(Equation::isProduct)
                .filter(found -> found.weights.length() == dims.size() && dims.size() >= 2)
                .isPresent();
        return product
                ? Optional.empty()
                : Optional.of("'%s' is no product with a matrix, or with one per index of a batch"
                        .formatted(node.text("equation", "")));
    }

    @Override
    public WeightLayout layout(Node node, List<Long> dims) {
        Equation equation = parsed(node);
        return WeightLayout.ofProduct(dims, equation.batchAxes(), equation.firstAxes(), equation.hasOutputsFirst());
    }

    @Override
    public Observed observed(Node node, List<Long> dims) {
        Equation equation = parsed(node);
        List<Observed.Axis> inputs = new ArrayList<>();
        List<Observed.Axis> groups = new ArrayList<>();
        for (int i = 0; i < dims.size(); i++) {
            char index = equation.weights.charAt(i);
            int position = equation.data.indexOf(index) - equation.data.length();
            Observed.Axis axis = new Observed.Axis(position, Math.toIntExact(dims.get(i)));
            if (equation.isBatch(index)) {
                groups.add(axis);
            } else if (equation.isInput(index)) {
                inputs.add(axis);
            }
        }
        OptionalInt rank = equation.ellipsis ? OptionalInt.empty() : OptionalInt.of(equation.data.length());
        return new Observed.Rows(rank, inputs, groups, perOutput(equation, dims), false);
    }

    /** Where the result has the outputs in the order of the weights. */
    private static List<Long> perOutput(Equation equation, List<Long> dims) {
        String rows = equation.weights
                .chars()
                .filter(index -> equation.result.indexOf(index) >= 0)
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
        String inResult = equation.result
                .chars()
                .filter(index -> rows.indexOf(index) >= 0)
                .mapToObj(Character::toString)
                .collect(Collectors.joining());
        if (rows.isEmpty() || !rows.equals(inResult)) {
            return List.of();
        }
        int start = equation.result.indexOf(rows.charAt(0));
        return IntStream.range(start, equation.result.length())
                .mapToObj(i -> equation.weights.indexOf(equation.result.charAt(i)))
                .map(axis -> axis < 0 ? 1L : dims.get(axis))
                .toList();
    }
}
