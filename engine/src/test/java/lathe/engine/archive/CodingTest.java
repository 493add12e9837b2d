package lathe.engine.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.SplittableRandom;
import lathe.engine.archive.RangeCoder.Bits;
import lathe.engine.graph.UnsupportedModelException;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever bytes are coded, in whatever way, a decoder that learned the same gives the same bytes. */
class CodingTest {

    private static final byte[] NONE = {};

    /** Two tensors, one after the other, so that the second is coded with what the first has taught. */
    record Case(Coding first, byte[] firstBytes, Coding second, byte[] secondBytes) {
        @Override
        public String toString() {
            return "%s of %s, %s of %s"
                    .formatted(first, Arrays.toString(firstBytes), second, Arrays.toString(secondBytes));
        }
    }

    private static Arbitrary<Coding> codings() {
        Arbitrary<Coding> integers = Combinators.combine(
                        Arbitraries.of(2, 4, 8, 16, 32),
                        Arbitraries.of(true, false),
                        Arbitraries.integers().between(1, 70),
                        Arbitraries.integers())
                .as(IntegerCoding::new);
        Arbitrary<Coding> bytes = Combinators.combine(
                        Arbitraries.of(1, 2, 4, 8), Arbitraries.integers().between(0, 255), Arbitraries.of(true, false))
                .as(ByteCoding::new);
        Arbitrary<Coding> pieces = Arbitraries.of(1, 2, 4).map(width -> new PieceCoding(width, 0));
        return Arbitraries.oneOf(integers, bytes, pieces);
    }

    /** Of 8-byte elements; any bytes, or few different ones, or the extremes of all types. */
    private static Arbitrary<byte[]> tensors() {
        Arbitrary<byte[]> any = Arbitraries.bytes().array(byte[].class).ofMaxSize(200);
        Arbitrary<byte[]> few = Arbitraries.of((byte) 0, (byte) 1, (byte) -1)
                .array(byte[].class)
                .ofMaxSize(400);
        Arbitrary<byte[]> extremes = Arbitraries.of((byte) 0x80, (byte) 0x7f, (byte) 0xff, (byte) 0)
                .array(byte[].class)
                .ofMaxSize(200);
        return Arbitraries.oneOf(any, few, extremes).map(bytes -> Arrays.copyOf(bytes, bytes.length / 8 * 8));
    }

    @Provide
    Arbitrary<Case> cases() {
        return Combinators.combine(codings(), tensors(), codings(), tensors()).as(Case::new);
    }

    @Property(tries = 10_000)
    void whatIsDecodedIsWhatWasEncoded(@ForAll("cases") Case it) {
        RangeCoder encoder = RangeCoder.encoder(Coding.bits());
        byte[] first = it.firstBytes().clone();
        byte[] second = it.secondBytes().clone();
        it.first().code(encoder, first, NONE);
        it.second().code(encoder, second, NONE);
        assertArrayEquals(it.firstBytes(), first, "encoding changes nothing");
        assertArrayEquals(it.secondBytes(), second, "encoding changes nothing");
        int size = encoder.size();
        byte[] coded = encoder.finish();
        assertEquals(size, coded.length);

        RangeCoder decoder = RangeCoder.decoder(Coding.bits(), coded);
        byte[] decoded = new byte[first.length];
        it.first().code(decoder, decoded, NONE);
        assertArrayEquals(first, decoded);
        decoded = new byte[second.length];
        Arrays.fill(decoded, (byte) 0x55); // what is there before does not matter
        it.second().code(decoder, decoded, NONE);
        assertArrayEquals(second, decoded);
        assertTrue(decoder.isAtEnd());
    }

    @Property(tries = 1000)
    void aCodingIsReadAsItWasWritten(@ForAll("cases") Case it) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        it.first().write(new DataOutputStream(out));
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(out.toByteArray()));
        assertEquals(it.first(), Coding.read(it.first().kind(), in));
        assertEquals(-1, in.read());
    }

    @Property(tries = 1000)
    void piecesAreDecodedWithThoseAbove(@ForAll("cases") Case it, @ForAll boolean three) {
        byte[] high = it.firstBytes();
        byte[] low = Arrays.copyOf(it.secondBytes(), high.length / (three ? 4 : 2));
        PieceCoding below = three ? new PieceCoding(1, 4) : new PieceCoding(1, 2);
        assertTrue(below.fits(low.length, high.length));
        RangeCoder encoder = RangeCoder.encoder(Coding.bits());
        below.code(encoder, low.clone(), high);
        byte[] decoded = new byte[low.length];
        below.code(RangeCoder.decoder(Coding.bits(), encoder.finish()), decoded, high);
        assertArrayEquals(low, decoded);
    }

    /** Carries through any number of bytes: with nothing learned, each direct bit halves the range. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 100})
    void carriesAndFirstBytesOf255(int ones) {
        RangeCoder encoder = RangeCoder.encoder(new Bits(1));
        for (int i = 0; i < ones; i++) {
            encoder.direct(8, 0xff);
        }
        for (int i = 0; i < 200; i++) {
            encoder.bit(0, i % 3 == 0 ? 0 : 1);
        }
        RangeCoder decoder = RangeCoder.decoder(new Bits(1), encoder.finish());
        for (int i = 0; i < ones; i++) {
            assertEquals(0xff, decoder.direct(8, 0));
        }
        for (int i = 0; i < 200; i++) {
            assertEquals(i % 3 == 0 ? 0 : 1, decoder.bit(0, 0));
        }
        assertTrue(decoder.isAtEnd());
    }

    @Test
    void aConstantTakesAlmostNothingButNotLessThanTheBound() {
        byte[] zeros = new byte[1 << 20];
        RangeCoder encoder = RangeCoder.encoder(Coding.bits());
        new IntegerCoding(8, false, 64, 0).code(encoder, zeros, NONE);
        int size = encoder.finish().length;
        assertTrue(size < 600, () -> size + " bytes");
        assertTrue(zeros.length <= (long) RangeCoder.MOST_BITS_PER_BYTE * size, () -> size + " bytes");
    }

    /** Of a discrete normal distribution, whose entropy is known: at most 0.8 % more than that. */
    @ParameterizedTest
    @ValueSource(doubles = {0.5, 1, 2, 5, 20})
    void independentIntegersTakeTheirEntropy(double deviation) {
        int count = 1 << 18;
        SplittableRandom random = new SplittableRandom(1);
        byte[] weights = new byte[count];
        double[] frequencies = new double[256];
        for (int i = 0; i < count; i++) {
            weights[i] = (byte) Math.max(-128, Math.min(127, Math.rint(deviation * normal(random))));
            frequencies[weights[i] + 128]++;
        }
        double entropy = 0;
        for (double frequency : frequencies) {
            entropy -= frequency == 0 ? 0 : frequency * Math.log(frequency / count) / Math.log(2) / 8;
        }
        RangeCoder encoder = RangeCoder.encoder(Coding.bits());
        new IntegerCoding(8, false, 512, 0).code(encoder, weights, NONE);
        double excess = encoder.finish().length / entropy - 1;
        assertTrue(excess < 0.008, () -> "%.2f %% above the entropy".formatted(100 * excess));
    }

    private static double normal(SplittableRandom random) {
        return Math.sqrt(-2 * Math.log(1 - random.nextDouble())) * Math.cos(2 * Math.PI * random.nextDouble());
    }

    @Test
    void aDecoderEndsWithItsBytes() {
        byte[] random = new byte[1000];
        new SplittableRandom(1).nextBytes(random);
        RangeCoder decoder = RangeCoder.decoder(Coding.bits(), random);
        ByteCoding coding = new ByteCoding(1, 0, false);
        assertThrows(UnsupportedModelException.class, () -> coding.code(decoder, new byte[2000], NONE));
    }
}
