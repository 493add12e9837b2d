package lathe.engine.qdq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Node;
import lathe.engine.graph.TestGraph;
import lathe.engine.layer.CompressedLayer;
import lathe.engine.layer.FloatWeights;
import lathe.engine.tensor.WeightMatrix;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class PackTest {

    /** Reading what was written gives every layer its codes again, for any bits and any numbers of weights. */
    @Property(tries = 300, seed = "5")
    void unpackingIsTheInverse(
            @ForAll @IntRange(min = 1, max = 8) int bits,
            @ForAll boolean indices,
            @ForAll boolean sparse,
            @ForAll @Size(min = 1, max = 3) List<@IntRange(min = 1, max = 70) Integer> counts,
            @ForAll long seed) {
        Pack.Kind kind = new Pack.Kind(bits, indices && bits < Byte.SIZE, sparse);
        Random random = new Random(seed);
        List<byte[]> codes = new ArrayList<>();
        for (int count : counts) {
            byte[] high = new byte[count];
            for (int i = 0; i < count; i++) {
                high[i] = random.nextInt(3) == 0 ? 0 : (byte) (random.nextInt(1 << bits) << (Byte.SIZE - bits));
            }
            codes.add(high);
        }
        List<float[]> unpacked = unpacked(kind, codes);
        for (int layer = 0; layer < codes.size(); layer++) {
            byte[] high = codes.get(layer);
            float[] expected = new float[high.length];
            for (int i = 0; i < high.length; i++) {
                expected[i] = kind.indices() ? (high[i] & 0xff) >> (Byte.SIZE - bits) : high[i];
            }
            assertArrayEquals(expected, unpacked.get(layer));
        }
    }

    @Property(tries = 50, seed = "6")
    void floatsKeepTheirBitsAndTheSignOfZero(@ForAll @Size(min = 1, max = 40) List<Float> values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        values.forEach(bytes::putFloat);
        float[] unpacked = unpacked(new Pack.Kind(Float.SIZE, false, true), List.of(bytes.array()))
                .get(0);
        for (int i = 0; i < unpacked.length; i++) {
            assertEquals(Float.floatToRawIntBits(values.get(i)), Float.floatToRawIntBits(unpacked[i]));
        }
    }

    private static List<float[]> unpacked(Pack.Kind kind, List<byte[]> layers) {
        Graph graph = new TestGraph().node("Relu", "y", "x").build("y");
        GraphEdit edit = graph.edit();
        Pack pack = new Pack(kind);
        List<CompressedLayer> keys = new ArrayList<>();
        for (byte[] elements : layers) {
            keys.add(new FloatWeights(new WeightMatrix(1, 1, new float[1])));
            pack.add(keys.get(keys.size() - 1), new PackedWeights(kind, elements, Optional.empty(), 1));
        }
        Map<CompressedLayer, String> names = pack.write(edit, new SharedConstants(edit));
        for (String name : names.values()) {
            edit.prepend(Node.of("", "Identity", List.of(name), List.of(name + "_read"), Map.of()));
        }
        Graph written = edit.build();
        assertNoBitsAreShiftedOut(written);
        return keys.stream()
                .map(key -> Folding.of(written, names.get(key))
                        .orElseThrow()
                        .tensor()
                        .values())
                .toList();
    }

    /** OpenVINO makes 255 of a byte that loses bits. */
    private static void assertNoBitsAreShiftedOut(Graph written) {
        for (Node node : written.nodes()) {
            if (node.text("direction", "").equals("LEFT")) {
                int places = written.constant(node, 1).orElseThrow().codes()[0];
                for (float value : Folding.of(written, node.inputs().get(0))
                        .orElseThrow()
                        .tensor()
                        .values()) {
                    assertTrue((int) value << places <= 0xff, () -> value + " << " + places);
                }
            }
        }
    }

    /** Six bits are four and two; the first piece of a byte is in its lowest bits. */
    @Test
    void aPlaneHoldsPiecesOfSeveralCodes() {
        assertEquals(List.of(4, 2), Pack.widths(6));
        byte[] codes = {(byte) 0b101101_00, 0b010010_00, 0b000001_00, (byte) 0b111110_00, 0, 0, 0, 0};
        assertArrayEquals(new byte[] {0b1011, 0b0100, 0b0000, 0b1111}, Pack.plane(codes, 0, 4));
        assertArrayEquals(new byte[] {0b01, 0b10}, Pack.plane(new byte[] {0b01_00, 0b10_00, 0, 0, 0, 0, 0, 0}, 4, 2));
    }

    @Test
    void layersShareAPackUpToItsLimit() {
        Pack pack = new Pack(new Pack.Kind(3, false, false));
        assertTrue(pack.hasRoom(2 * Pack.LIMIT));
        pack.add(
                new FloatWeights(new WeightMatrix(1, 1, new float[1])),
                new PackedWeights(new Pack.Kind(3, false, false), new byte[5], Optional.empty(), 100));
        assertTrue(pack.hasRoom(Pack.LIMIT - 5));
        assertFalse(pack.hasRoom(Pack.LIMIT - 4));
        assertFalse(pack.isSmaller());
    }
}
