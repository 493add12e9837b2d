package lathe.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** Laws of cutting a message into fields and joining them again. */
class WireMessageTest {

    @Provide
    Arbitrary<WireMessage> messages() {
        Arbitrary<Integer> numbers = Arbitraries.integers().between(1, 6);
        Arbitrary<Field> texts = Combinators.combine(
                        numbers, Arbitraries.strings().ofMaxLength(200))
                .as(Field::of);
        Arbitrary<Field> integers =
                Combinators.combine(numbers, Arbitraries.longs()).as(Field::of);
        return Arbitraries.oneOf(texts, integers).list().ofMaxSize(12).map(WireMessage::new);
    }

    @Property(tries = 300, seed = "1")
    void cuttingWhatWasJoinedGivesTheFields(@ForAll("messages") WireMessage message) throws IOException {
        assertEquals(message, WireMessage.of(message.toByteString()));
        assertEquals(message.size(), message.toByteString().size());
    }

    @Property(tries = 300, seed = "1")
    void theSameFieldsChangeNothing(@ForAll("messages") WireMessage message) {
        for (int number = 1; number <= 6; number++) {
            assertEquals(message, message.with(number, message.all(number)));
        }
    }

    @Property(tries = 300, seed = "1")
    void onlyTheFieldsNamedChange(@ForAll("messages") WireMessage message, @ForAll("messages") WireMessage other) {
        List<Field> wanted = other.all(3);
        WireMessage changed = message.with(3, wanted);
        assertEquals(wanted, changed.all(3));
        List<Field> rest = new ArrayList<>(message.fields());
        rest.removeAll(message.all(3));
        List<Field> kept = new ArrayList<>(changed.fields());
        kept.removeAll(wanted);
        assertEquals(rest, kept);
    }

    @Test
    void replacementsTakeThePlacesOfTheOldOnes() {
        WireMessage message =
                new WireMessage(List.of(Field.of(1, "a"), Field.of(2, "x"), Field.of(1, "b"), Field.of(3, "z")));
        assertEquals("A x B C z", texts(message.with(1, fields("A", "B", "C"))));
        assertEquals("A x z", texts(message.with(1, fields("A"))));
        assertEquals("x z", texts(message.with(1, List.of())));
        WireMessage ordered = new WireMessage(List.of(Field.of(1, "a"), Field.of(3, "z")));
        assertEquals("a x z", texts(ordered.with(2, List.of(Field.of(2, "x")))));
    }

    private static List<Field> fields(String... texts) {
        return Stream.of(texts).map(text -> Field.of(1, text)).toList();
    }

    private static String texts(WireMessage message) {
        return String.join(" ", message.fields().stream().map(Field::text).toList());
    }

    @Test
    void bytesThatAreNoMessageAreRefused() {
        for (byte[] bytes : List.of(new byte[] {0}, new byte[] {0x0a, 5, 1}, new byte[] {0x0c}, new byte[] {0x0f})) {
            assertThrows(IOException.class, () -> WireMessage.of(ByteString.copyFrom(bytes)));
        }
    }
}
