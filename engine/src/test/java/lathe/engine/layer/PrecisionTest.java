package lathe.engine.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrecisionTest {

    @Property(tries = 200, seed = "1")
    void theTextGivesTheList(@ForAll @Size(max = 30) List<@IntRange(min = 1, max = 3) Integer> bits) {
        List<Precision> list = bits.stream()
                .map(each -> each == 3 ? Precision.FLOAT : new Precision(each, 8))
                .toList();
        assertEquals(Optional.of(list), Precision.list(Precision.text(list), list.size()));
        assertEquals(Optional.empty(), Precision.list(Precision.text(list), list.size() + 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "8", "8/8x", "8/8x3", "8/8x999999", "8/8  8/8", "8/8 8/8 ", "-1/8 8/8", "8/8x0 8/8"})
    void anyOtherTextGivesNone(String text) {
        assertEquals(Optional.empty(), Precision.list(text, 2));
    }
}
