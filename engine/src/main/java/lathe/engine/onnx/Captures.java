package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What the bodies of If, Loop and Scan nodes hold: names, and operators. */
final class Captures {

    private Captures() {}

    /** The values of the enclosing graph that the bodies of a node read, at any depth, in order of first use. */
    static Set<String> of(NodeProto node) {
        Set<String> captured = new LinkedHashSet<>();
        node.getAttributeList().stream()
                .flatMap(Captures::bodies)
                .forEach(body -> captured.addAll(readFromOutside(body)));
        return captured;
    }

    /** Every name in the bodies of an attribute, at any depth: of values and of nodes. */
    static Set<String> namesIn(AttributeProto attribute) {
        Set<String> names = new HashSet<>();
        bodies(attribute).forEach(body -> addNames(body, names));
        names.remove("");
        return names;
    }

    /** The standard operators in the bodies of an attribute, at any depth. */
    static Set<String> operatorsIn(AttributeProto attribute) {
        Set<String> operators = new HashSet<>();
        bodies(attribute).forEach(body -> addOperators(body.getNodeList(), operators));
        return operators;
    }

    /** The standard operators among these nodes, and in their bodies at any depth. */
    static Set<String> operatorsIn(List<NodeProto> nodes) {
        Set<String> operators = new HashSet<>();
        addOperators(nodes, operators);
        return operators;
    }

    private static void addOperators(List<NodeProto> nodes, Set<String> operators) {
        for (NodeProto node : nodes) {
            if (Opsets.isStandard(node.getDomain())) {
                operators.add(node.getOpType());
            }
            node.getAttributeList().stream()
                    .flatMap(Captures::bodies)
                    .forEach(body -> addOperators(body.getNodeList(), operators));
        }
    }

    private static Stream<GraphProto> bodies(AttributeProto attribute) {
        Stream<GraphProto> single = attribute.hasG() ? Stream.of(attribute.getG()) : Stream.empty();
        return Stream.concat(single, attribute.getGraphsList().stream());
    }

    private static Set<String> readFromOutside(GraphProto body) {
        Set<String> defined = new HashSet<>(constants(body));
        body.getInputList().forEach(input -> defined.add(input.getName()));
        defined.add("");
        body.getNodeList().forEach(node -> defined.addAll(node.getOutputList()));
        Set<String> outside = new LinkedHashSet<>();
        for (NodeProto node : body.getNodeList()) {
            addUnless(defined, node.getInputList(), outside);
            addUnless(defined, of(node), outside);
        }
        addUnless(
                defined,
                body.getOutputList().stream().map(ValueInfoProto::getName).toList(),
                outside);
        return outside;
    }

    private static void addUnless(Set<String> defined, Collection<String> names, Set<String> target) {
        names.stream().filter(name -> !defined.contains(name)).forEach(target::add);
    }

    private static void addNames(GraphProto body, Set<String> names) {
        names.addAll(constants(body));
        body.getInputList().forEach(input -> names.add(input.getName()));
        body.getOutputList().forEach(output -> names.add(output.getName()));
        for (NodeProto node : body.getNodeList()) {
            names.add(node.getName());
            names.addAll(node.getInputList());
            names.addAll(node.getOutputList());
            node.getAttributeList().stream().flatMap(Captures::bodies).forEach(inner -> addNames(inner, names));
        }
    }

    /** The names of a graph's initializers, dense and sparse. */
    private static List<String> constants(GraphProto body) {
        return Stream.concat(
                        body.getInitializerList().stream(),
                        body.getSparseInitializerList().stream().map(SparseTensorProto::getValues))
                .map(TensorProto::getName)
                .toList();
    }
}
