package lathe.precondition;

import static lathe.precondition.OldModel.are;
import static lathe.precondition.OldModel.floats;
import static lathe.precondition.OldModel.is;
import static lathe.precondition.OldModel.longs;
import static lathe.precondition.OldModel.model;
import static lathe.precondition.OldModel.noise;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.pipeline.GraphPass;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A raised graph says the same in the words of a later operator set, or there is a reason why not. */
class OpsetRaiseTest {

    private static final List<Long> TARGETS = List.of(13L, 18L, 21L, 25L);

    private static GraphPass.Result raise(Graph graph, long target) {
        return GraphPasses.opsetRaise(target).apply(graph);
    }

    private static boolean canBecome(Graph graph, long target) {
        return graph.opset() < target
                && GraphPasses.opsetObstacle(graph, target).isEmpty();
    }

    static List<Arguments> raises() {
        return OldModels.all()
                .flatMap(model -> TARGETS.stream()
                        .filter(target -> canBecome(model.graph(), target))
                        .map(target -> Arguments.of(model, target)))
                .toList();
    }

    @ParameterizedTest(name = "{0} to {1}")
    @MethodSource("raises")
    void computesTheSame(OldModel model, long target) throws Exception {
        Graph raised = raise(model.graph(), target).graph();
        assertEquals(target, raised.opset());
        Networks.assertSameOutputs(model.graph(), raised, 1e-6);
    }

    /** All but RoiAlign, whose form of opset 22 ONNX Runtime cannot run. */
    @Test
    void everyOldFormCanBecomeTheNewest() {
        List<String> left = OldModels.all()
                .filter(model -> !canBecome(model.graph(), 25))
                .map(OldModel::label)
                .toList();
        assertEquals(List.of("RoiAlign avg", "RoiAlign max"), left);
    }

    /** The forms rewritten in these tests, by the table of changes; refusals have tests of their own. */
    @Test
    void everyConversionIsTested() {
        Set<String> tested = OldModels.all()
                .flatMap(model -> model.graph().nodes().stream())
                .map(Node::opType)
                .collect(Collectors.toSet());
        Node any = Node.of("", "", List.of("x"), List.of("y"), Map.of());
        Graph empty = model(9, "Relu", List.of()).named("").graph();
        OpsetRaise.CHANGES.stream()
                .filter(change -> change.obstacle().of(empty, any).isEmpty())
                .forEach(change -> assertTrue(tested.contains(change.operator()), change.operator()));
    }

    /** What testdata/scripts/operator_changes.py found in the schemas of ONNX and the kernels of ONNX Runtime. */
    static List<Arguments> knownChanges() {
        return new String(TestData.bytes("reference/operator-changes.txt"), StandardCharsets.UTF_8)
                .lines()
                .map(line -> line.split("\t"))
                .map(fields -> Arguments.of(fields[0], Long.parseLong(fields[1]), fields[2]))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("knownChanges")
    void everyKnownChangeIsInATable(String operator, long since, String what) {
        assertTrue(
                OpsetRaise.CHANGES.stream()
                        .anyMatch(change -> change.operator().equals(operator) && change.since() == since),
                what);
    }

    @Test
    void theTablesAscend() {
        List<Long> since =
                OpsetRaise.CHANGES.stream().map(OperatorChange::since).toList();
        assertEquals(since.stream().sorted().toList(), since);
        assertEquals(13, ChangesTo13.ALL.get(ChangesTo13.ALL.size() - 1).since());
    }

    /** What cannot be raised to 13, and the words that say why. */
    static List<Arguments> refusals() {
        return List.of(
                Arguments.of(model(9, "ImageScaler", List.of(), is("scale", 2f)).named(""), "ImageScaler 'y'"),
                Arguments.of(model(9, "Affine", List.of(), is("alpha", 2f)).named(""), "gone since opset 10"),
                Arguments.of(model(9, "Dropout", List.of()).gives("y", "mask").named(""), "mask"),
                Arguments.of(
                        model(10, "Resize", List.of("s"))
                                .with(floats("s", 1, 1, 2, 0.4f))
                                .named(""),
                        "grow one axis and shrink another"));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void whatCannotBecome13IsSaidAtOnce(OldModel model, String reason) {
        Optional<String> obstacle = GraphPasses.opsetObstacle(model.graph(), 13);
        assertTrue(obstacle.orElseThrow().contains(reason), obstacle.get());
        for (long target : TARGETS) {
            UnsupportedModelException thrown =
                    assertThrows(UnsupportedModelException.class, () -> raise(model.graph(), target));
            assertEquals(obstacle.get() + "; export the model again with opset 13 or later", thrown.getMessage());
        }
    }

    @Test
    void aMaskNobodyReadsIsDropped() {
        Graph graph = model(9, "Dropout", List.of())
                .gives("d", "mask")
                .then("Relu", List.of("d"), List.of("y"))
                .named("")
                .graph();
        Graph raised = raise(graph, 13).graph();
        assertEquals(List.of("d"), raised.nodes().get(0).outputs());
    }

    @Test
    void trainingStatisticsStandInTheWay() {
        Graph graph = model(9, "BatchNormalization", List.of("a", "b", "c", "d"))
                .gives("y", "mean", "var", "", "")
                .with(noise("a", 4), noise("b", 4), noise("c", 4), noise("d", 4))
                .named("")
                .graph();
        assertEquals(13, raise(graph, 25).graph().opset());
        assertTrue(GraphPasses.opsetObstacle(graph, 21).orElseThrow().contains("training"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"RandomNormalLike", "RandomUniformLike", "Multinomial", "GlobalLpPool"})
    void whatOnnxRuntimeCannotRunGoesAsFarAsItCan(String operator) {
        Graph graph = model(11, operator, List.of()).named("").graph();
        GraphPass.Result result = raise(graph, 25);
        assertEquals(21, result.graph().opset());
        assertEquals("raised the operator set from 11 to 21", result.changes().get(0));
        assertEquals(
                "opset 11 cannot become 25: %s 'y': ONNX Runtime cannot run its form of opset 22".formatted(operator),
                result.changes().get(1));
    }

    @Test
    void aGraphThatCanGoNowhereStaysAndSaysWhy() {
        Graph graph = model(21, "RoiAlign", List.of("boxes", "which"))
                .with(noise("boxes", 1, 4), longs("which", 0))
                .named("")
                .graph();
        GraphPass.Result result = raise(graph, 25);
        assertSame(graph, result.graph());
        assertEquals(
                List.of("opset 21 cannot become 25: RoiAlign 'y': ONNX Runtime cannot run its form of opset 22"),
                result.changes());
    }

    @ParameterizedTest
    @ValueSource(longs = {13, 18, 21, 25})
    void aNewEnoughGraphIsNotTouched(long opset) {
        for (long target : TARGETS) {
            if (target <= opset) {
                Graph graph = model(opset, "Relu", List.of()).named("").graph();
                GraphPass.Result result = raise(graph, target);
                assertSame(graph, result.graph());
                assertEquals(List.of(), result.changes());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {9, 12, 14, 22, 26})
    void otherTargetsAreRefused(long target) {
        assertThrows(IllegalArgumentException.class, () -> GraphPasses.opsetRaise(target));
    }

    /** Twice is once, and over the steps in between is straight there. */
    @ParameterizedTest
    @MethodSource("raises")
    void theWayDoesNotMatter(OldModel model, long target) {
        Graph straight = raise(model.graph(), target).graph();
        assertSame(straight, raise(straight, target).graph());
        Graph inSteps = model.graph();
        for (long step : TARGETS) {
            if (step <= target) {
                inSteps = raise(inSteps, step).graph();
            }
        }
        assertEquals(opTypes(straight), opTypes(inSteps));
        assertEquals(straight.opset(), inSteps.opset());
    }

    private static List<String> opTypes(Graph graph) {
        return graph.nodes().stream().map(Node::opType).toList();
    }

    /** An If of opset 11 around Convs, which no later operator set writes in another way. */
    @ParameterizedTest
    @ValueSource(longs = {13, 18, 21, 25})
    void bodiesOfUnchangedOperatorsComeAlong(long target) throws Exception {
        Graph read = OnnxReader.read(TestData.bytes("odd/if-own-weights.onnx"));
        Graph old = new Graph(
                read.nodes(),
                read.initializers().values(),
                read.inputs(),
                read.outputs(),
                Map.of("", 11L),
                Map.of(),
                Map.of(),
                read.origin());
        Graph raised = raise(old, target).graph();
        assertEquals(target, raised.opset());
        Networks.assertSameOutputs(old, raised, 1e-6);
    }

    @Test
    void aChangedOperatorInABodyStandsInTheWay() {
        Graph graph = OnnxReader.read(TestData.bytes("odd/loop.onnx"));
        Optional<String> obstacle = GraphPasses.opsetObstacle(graph, 21);
        assertEquals(
                "opset 13 cannot become 21: the body of Loop 'looped' holds a ReduceMean,"
                        + " which changed in opset 18 and cannot be rewritten there",
                obstacle.orElseThrow());
        assertEquals(List.of(obstacle.get()), raise(graph, 21).changes());
        assertSame(graph, raise(graph, 21).graph());
    }

    @Test
    void aChangedOperatorInAFunctionStandsInTheWay() {
        Graph graph = OnnxReader.read(TestData.bytes("odd/local-function-reducing.onnx"));
        assertEquals(
                "opset 17 cannot become 25: a function of the model holds a ReduceMean,"
                        + " which changed in opset 18 and cannot be rewritten there",
                GraphPasses.opsetObstacle(graph, 25).orElseThrow());
        assertSame(graph, raise(graph, 25).graph());
    }

    @ParameterizedTest
    @ValueSource(longs = {18, 21, 25})
    void aFunctionOfUnchangedOperatorsComesAlong(long target) throws Exception {
        Graph graph = OnnxReader.read(TestData.bytes("odd/local-function.onnx"));
        Graph raised = raise(graph, target).graph();
        assertEquals(target, raised.opset());
        Networks.assertSameOutputs(graph, raised, 1e-6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TopK", "Pad"})
    void aMissingAttributeIsSaid(String operator) {
        Graph graph = model(9, operator, List.of()).named("").graph();
        UnsupportedModelException thrown = assertThrows(UnsupportedModelException.class, () -> raise(graph, 13));
        assertTrue(thrown.getMessage().startsWith(operator + " 'y' has no attribute '"), thrown.getMessage());
    }

    @Test
    void missingGroupsAreSaid() {
        Graph graph =
                model(18, "GroupNormalization", List.of("a", "b")).named("").graph();
        UnsupportedModelException thrown = assertThrows(UnsupportedModelException.class, () -> raise(graph, 21));
        assertEquals("GroupNormalization 'y' has no attribute 'num_groups'", thrown.getMessage());
    }

    /** An operator of the same name in another domain is another operator. */
    @Test
    void foreignOperatorsAreLeftAlone() {
        Node foreign = new Node(
                "n",
                "ReduceMean",
                "com.example",
                List.of("x"),
                List.of("y"),
                Map.ofEntries(are("axes", 1L)),
                List.of(),
                Optional.empty());
        Graph graph = model(13, "Relu", List.of()).named("").graph();
        Graph edited = graph.edit().replace(graph.nodes().get(0), foreign).build();
        assertSame(foreign, raise(edited, 25).graph().nodes().get(0));
    }

    /** Names made on the way hide nothing that is there. */
    @Test
    void newNamesAreNew() throws Exception {
        Graph graph = model(9, "Clip", List.of(), is("min", 0f), is("max", 1f))
                .then("Add", List.of("y", "y_min"), List.of("y_max"))
                .with(Initializer.ofFloats("y_min", new float[] {5}))
                .named("")
                .graph();
        Networks.assertSameOutputs(graph, raise(graph, 25).graph(), 1e-6);
    }

    static Stream<String> networks() {
        return Stream.concat(
                TestData.runnableOddGraphs().stream(),
                Stream.of("fashion-resnet", "fashion-resnet-folded", "fashion-mobilenet", "fashion-mobilenet-folded")
                        .map(name -> name + ".onnx"));
    }

    @Tag("broad")
    @ParameterizedTest
    @MethodSource("networks")
    void everyTestNetworkComputesTheSame(String name) throws Exception {
        byte[] file = TestData.bytes(name);
        Graph graph = OnnxReader.read(file);
        Map<String, float[]> outputs = Networks.run(graph, 1);
        for (long target : TARGETS) {
            GraphPass.Result result = raise(graph, target);
            if (result.graph() == graph) {
                assertArrayEquals(file, OnnxWriter.toBytes(result.graph()));
            } else {
                Networks.assertGives(outputs, result.graph(), 1e-6);
            }
        }
    }

    /** All but the loop and two functions with operators in their bodies that have changed; inlining functions first helps. */
    @Tag("broad")
    @Test
    void almostEveryTestNetworkCanBecomeTheNewest() {
        List<String> left = networks()
                .filter(name -> GraphPasses.opsetObstacle(OnnxReader.read(TestData.bytes(name)), 25)
                        .isPresent())
                .toList();
        assertEquals(
                List.of("odd/loop.onnx", "odd/local-functions-with-weights.onnx", "odd/local-function-reducing.onnx"),
                left);
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ch_ppocr_mobile_v2.0_cls_infer.onnx",
                "ch_PP-OCRv3_det_infer.onnx",
                "ch_PP-OCRv4_det_infer.onnx",
                "ch_PP-OCRv3_rec_infer.onnx",
                "ch_PP-OCRv4_rec_infer.onnx"
            })
    void networksOfAnotherExporterComputeTheSame(String name) throws Exception {
        Graph graph = OnnxReader.read(artifact(name));
        Map<String, float[]> outputs = Networks.run(graph, 1);
        for (long target : new long[] {18, 21, 25}) {
            Graph raised = raise(graph, target).graph();
            assertEquals(target, raised.opset());
            Networks.assertGives(outputs, raised, 1e-5);
        }
    }

    private static byte[] artifact(String name) throws Exception {
        try (InputStream in = OpsetRaiseTest.class.getResourceAsStream("/models/" + name)) {
            return in.readAllBytes();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 6, 8})
    void whatIsOlderThanTheTablesIsRefused(long opset) {
        Graph graph = model(opset, "Relu", List.of()).named("").graph();
        assertEquals(
                "opset %d cannot become 13: only 9 and later can be raised".formatted(opset),
                GraphPasses.opsetObstacle(graph, 13).orElseThrow());
        assertThrows(UnsupportedModelException.class, () -> raise(graph, 25));
    }

    @Test
    void aResizeWithoutScalesIsRefused() {
        Graph graph = model(10, "Resize", List.of()).named("").graph();
        UnsupportedModelException thrown = assertThrows(UnsupportedModelException.class, () -> raise(graph, 13));
        assertEquals("Resize 'y' has no scales", thrown.getMessage());
    }

    @Test
    void whatIsOlderThanTheTablesIsNotRaised() {
        Graph graph = model(8, "Relu", List.of()).named("").graph();
        String obstacle = "opset 8 cannot become %d: only 9 and later can be raised";
        for (long target : TARGETS) {
            assertEquals(
                    obstacle.formatted(target),
                    GraphPasses.opsetObstacle(graph, target).orElseThrow());
            UnsupportedModelException thrown =
                    assertThrows(UnsupportedModelException.class, () -> raise(graph, target));
            assertEquals(
                    obstacle.formatted(13) + "; export the model again with opset 13 or later", thrown.getMessage());
        }
        assertEquals(
                13,
                raise(model(9, "Relu", List.of()).named("").graph(), 13).graph().opset());
    }

    /** Without an operator of the standard, its version says nothing. */
    @Test
    void foreignOperatorsAloneAreOfAnyAge() {
        Node foreign =
                new Node("n", "Relu", "com.example", List.of("x"), List.of("y"), Map.of(), List.of(), Optional.empty());
        Graph graph = model(8, "Relu", List.of()).named("").graph();
        Graph edited = graph.edit().replace(graph.nodes().get(0), foreign).build();
        assertEquals(13, raise(edited, 13).graph().opset());
    }

    @Test
    void aResizeWithoutScalesIsSaid() {
        Graph graph = model(10, "Resize", List.of()).named("").graph();
        UnsupportedModelException thrown = assertThrows(UnsupportedModelException.class, () -> raise(graph, 13));
        assertEquals("Resize 'y' has no scales", thrown.getMessage());
    }

    @Test
    void aMaskThatSomethingReadsStandsInTheWay() {
        Graph graph = model(9, "Dropout", List.of())
                .gives("d", "mask")
                .then("Where", List.of("mask", "d", "d"), List.of("y"))
                .named("")
                .graph();
        assertEquals(
                "opset 9 cannot become 13: Dropout 'd': its mask, which something reads, changed its type",
                GraphPasses.opsetObstacle(graph, 13).orElseThrow());
    }

    @Test
    void statisticsThatAreLeftOutAreNoTraining() {
        Graph graph = model(13, "BatchNormalization", List.of("a", "b", "c", "d"))
                .gives("y", "", "")
                .with(noise("a", 4), noise("b", 4), noise("c", 4), noise("d", 4))
                .named("")
                .graph();
        assertTrue(canBecome(graph, 25));
    }

    @Test
    void everyTargetIsReachedInOneStep() {
        Graph graph = model(13, "Relu", List.of()).named("").graph();
        assertEquals(
                List.of("raised the operator set from 13 to 21"),
                raise(graph, 21).changes());
        assertEquals(
                List.of("raised the operator set from 13 to 25"),
                raise(graph, 25).changes());
    }
}
