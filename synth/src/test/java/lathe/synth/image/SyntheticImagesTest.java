package lathe.synth.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SyntheticImagesTest {

    @Test
    void sameSeedGivesTheSameBitsAndAnotherSeedOthers() {
        for (int index = 0; index < 6; index++) {
            float[] picture = SyntheticImages.of(7, 3, 40, 56).image(index);
            assertArrayEquals(picture, SyntheticImages.of(7, 3, 40, 56).image(index));
            assertFalse(Arrays.equals(picture, SyntheticImages.of(8, 3, 40, 56).image(index)));
        }
    }

    @Test
    void neitherOrderNorThreadMatters() {
        SyntheticImages images = SyntheticImages.of(1, 3, 32, 32);
        float[][] inOrder = IntStream.range(0, 24).mapToObj(images::image).toArray(float[][]::new);
        float[][] inParallel = IntStream.range(0, 24)
                .parallel()
                .map(i -> 23 - i)
                .mapToObj(images::image)
                .toArray(float[][]::new);
        for (int i = 0; i < 24; i++) {
            assertArrayEquals(inOrder[i], inParallel[23 - i]);
        }
    }

    @Test
    void picturesOfOneSeedDiffer() {
        SyntheticImages images = SyntheticImages.of(1, 1, 16, 16);
        for (int i = 0; i < 30; i++) {
            assertFalse(Arrays.equals(images.image(i), images.image(i + 3)), "pictures " + i + " and " + (i + 3));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1,1,1",
        "3,1,1",
        "3,1,17",
        "3,17,1",
        "1,2,2",
        "1,28,28",
        "3,32,32",
        "4,33,65",
        "7,20,20",
        "3,48,320",
        "1,127,128",
        "3,129,63",
        "2,1,3000",
        "3,224,224",
        "1,640,96"
    })
    void valuesLieInTheUnitRangeAtAnySize(int channels, int height, int width) {
        SyntheticImages images = SyntheticImages.of(3, channels, height, width);
        for (int index = 0; index < 6; index++) {
            float[] picture = images.image(index);
            assertEquals(channels * height * width, picture.length);
            for (float value : picture) {
                assertTrue(value >= 0 && value <= 1, () -> "value " + value);
            }
        }
    }

    @Test
    void makesLargePictures() {
        SyntheticImages images = SyntheticImages.of(3, 1, 1024, 1024);
        for (int index = 0; index < 3; index++) {
            assertEquals(0.25, deviation(images.image(index)), 0.22, "picture " + index);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {28, 64, 160})
    void momentsAreThoseOfPhotographs(int side) {
        SyntheticImages images = SyntheticImages.of(11, 3, side, side);
        for (int family = 0; family < 3; family++) {
            double mean = 0;
            double square = 0;
            double clipped = 0;
            for (int i = 0; i < 30; i++) {
                float[] picture = images.image(family + 3 * i);
                for (float value : picture) {
                    mean += value / (30.0 * picture.length);
                    square += value * value / (30.0 * picture.length);
                    clipped += value == 0 || value == 1 ? 1 / (30.0 * picture.length) : 0;
                }
            }
            assertEquals(0.5, mean, 0.1, "mean of family " + family);
            assertEquals(0.25, Math.sqrt(square - mean * mean), 0.06, "deviation of family " + family);
            assertTrue(clipped < 0.1, "clipped share of family " + family + ": " + clipped);
        }
    }

    @Test
    void channelsGoTogether() {
        SyntheticImages images = SyntheticImages.of(5, 4, 96, 96);
        for (int family = 0; family < 3; family++) {
            double correlation = 0;
            for (int i = 0; i < 20; i++) {
                float[] picture = images.image(family + 3 * i);
                float[] first = Arrays.copyOfRange(picture, 0, 96 * 96);
                float[] last = Arrays.copyOfRange(picture, 3 * 96 * 96, picture.length);
                correlation += correlation(first, last) / 20;
            }
            assertEquals(0.85, correlation, 0.1, "family " + family);
        }
    }

    @Test
    void pinkPicturesFallAsOneOverFrequency() {
        assertEquals(-1, familySlope(2), 0.15);
    }

    @Test
    void leavesFallRoughlyAsOneOverFrequency() {
        assertEquals(-1.3, familySlope(0), 0.4);
        assertEquals(-1.2, familySlope(1), 0.5);
    }

    private static double familySlope(int family) {
        SyntheticImages images = SyntheticImages.of(2, 1, 128, 128);
        float[][] pictures = IntStream.range(0, 12)
                .mapToObj(i -> images.image(family + 3 * i))
                .toArray(float[][]::new);
        return Spectrum.slope(128, pictures);
    }

    @Test
    void noiseIsWhite() {
        SyntheticImages noise = SyntheticImages.noise(4, 3, 64, 64);
        float[] picture = noise.image(0);
        assertEquals(0.5, mean(picture), 0.01);
        assertEquals(0.24, deviation(picture), 0.02);
        SyntheticImages grey = SyntheticImages.noise(4, 1, 64, 64);
        assertEquals(
                0,
                Spectrum.slope(64, IntStream.range(0, 12).mapToObj(grey::image).toArray(float[][]::new)),
                0.1);
        float[] shifted = Arrays.copyOfRange(picture, 1, picture.length);
        assertEquals(0, correlation(Arrays.copyOf(picture, shifted.length), shifted), 0.03);
        assertArrayEquals(picture, SyntheticImages.noise(4, 3, 64, 64).image(0));
    }

    @Test
    void refusesWhatIsNoPicture() {
        assertThrows(IllegalArgumentException.class, () -> SyntheticImages.of(0, 0, 8, 8));
        assertThrows(IllegalArgumentException.class, () -> SyntheticImages.of(0, 3, 8, 0));
        assertThrows(IllegalArgumentException.class, () -> SyntheticImages.of(0, 3, 100_000, 100_000));
        SyntheticImages images = SyntheticImages.of(0, 3, 8, 8);
        assertThrows(IllegalArgumentException.class, () -> images.image(-1));
    }

    private static double mean(float[] values) {
        return IntStream.range(0, values.length)
                .mapToDouble(i -> values[i])
                .average()
                .orElseThrow();
    }

    private static double deviation(float[] values) {
        double mean = mean(values);
        return Math.sqrt(IntStream.range(0, values.length)
                .mapToDouble(i -> (values[i] - mean) * (values[i] - mean))
                .average()
                .orElseThrow());
    }

    private static double correlation(float[] a, float[] b) {
        double meanA = mean(a);
        double meanB = mean(b);
        double product = IntStream.range(0, a.length)
                .mapToDouble(i -> (a[i] - meanA) * (b[i] - meanB))
                .average()
                .orElseThrow();
        return product / (deviation(a) * deviation(b));
    }
}
