package lathe.engine.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShrinkingInverseTest {

    /** 64 inputs leave between updates; beyond that, 200 are many enough for native code. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 9, 63, 64, 65, 128, 200})
    void staysTheInverseOfWhatIsLeft(int order) {
        GramMatrix gram = Naive.gram(order, 6);
        ShrinkingInverse shrinking =
                new ShrinkingInverse(gram.damped(0.1).inverse().orElseThrow());
        List<Integer> left = new ArrayList<>(IntStream.range(0, order).boxed().toList());
        List<Integer> leaving = new ArrayList<>(left);
        Collections.shuffle(leaving, new Random(1));
        double[] column = new double[order];
        for (int input : leaving) {
            int[] inputs = left.stream().mapToInt(Integer::intValue).toArray();
            GramMatrix expected = gram.principal(inputs).damped(0.1).inverse().orElseThrow();
            for (int i = 0; i < inputs.length; i++) {
                assertEquals(expected.at(i, i), shrinking.diagonal(inputs[i]), 1e-10);
            }
            shrinking.remove(input, column);
            int removed = left.indexOf(input);
            for (int j = 0; j < order; j++) {
                int place = left.indexOf(j);
                assertEquals(place < 0 ? 0 : expected.at(place, removed), column[j], 1e-10);
            }
            left.remove(removed);
            assertEquals(0, shrinking.diagonal(input));
        }
    }
}
