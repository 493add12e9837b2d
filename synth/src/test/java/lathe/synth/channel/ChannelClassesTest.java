package lathe.synth.channel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import lathe.engine.channel.ChannelClasses;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;

class ChannelClassesTest {

    /** Operators that lost channels in a network that was run. */
    private static final Set<String> THINNED = new TreeSet<>();

    private static int removed;

    @Property(tries = 200, seed = "1", shrinking = ShrinkingMode.OFF)
    void channelsThatNoWeightReadsCanGo(@ForAll Random random) {
        Graph network = RandomChannels.of(random, 1 + random.nextInt(6));
        ChannelClasses classes = Unread.classes(network);
        BitSet wanted = new BitSet();
        double share = 0.2 + 0.8 * random.nextDouble();
        for (int number = 0; number < classes.count(); number++) {
            wanted.set(number, random.nextDouble() < share);
        }
        BitSet gone = classes.removable(wanted);
        Graph unread = Unread.of(network, classes, gone);
        Graph thinner = Unread.classes(unread).without(gone);

        removed += gone.cardinality();
        for (int i = 0; i < network.nodes().size(); i++) {
            Node before = network.nodes().get(i);
            if (!before.inputs().get(0).equals(thinner.nodes().get(i).inputs().get(0))) {
                THINNED.add(before.opType());
            }
        }
        float[] expected = Unread.run(unread);
        float largest = 0;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertArrayEquals(
                expected,
                Unread.run(thinner),
                1e-5f * Math.max(largest, 0.01f),
                () -> network.nodes().toString());
    }

    /** So that no rule goes untested, nor is tested on channels that stay. */
    @AfterContainer
    static void everyRuleWasTried() {
        assertTrue(removed > 500, () -> removed + " classes removed");
        assertEquals(
                Set.of(
                        "Add",
                        "AveragePool",
                        "BatchNormalization",
                        "Clip",
                        "Concat",
                        "Conv",
                        "ConvTranspose",
                        "Dropout",
                        "Flatten",
                        "Gemm",
                        "GlobalAveragePool",
                        "HardSigmoid",
                        "InstanceNormalization",
                        "LeakyRelu",
                        "MatMul",
                        "Max",
                        "MaxPool",
                        "Mul",
                        "PRelu",
                        "Pad",
                        "ReduceMean",
                        "Relu",
                        "Reshape",
                        "Resize",
                        "Shape",
                        "Sigmoid",
                        "Slice",
                        "Softmax",
                        "Split",
                        "Squeeze",
                        "Sub",
                        "Tanh",
                        "Transpose",
                        "Unsqueeze"),
                THINNED);
    }
}
