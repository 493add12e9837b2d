package lathe.engine.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WorkersTest {

    @Test
    void eachAnswerIsThatOfItsOwnWork() {
        try (Workers workers = new Workers(3, "squares were made")) {
            List<Supplier<Integer>> squares = IntStream.range(0, 20)
                    .mapToObj(i -> workers.start(() -> i * i))
                    .toList();
            assertEquals(49, squares.get(7).get());
            assertEquals(361, squares.get(19).get());
        }
    }

    @Test
    void whatTheWorkThrewIsThrown() {
        RuntimeException exception = new IllegalArgumentException("no");
        Error error = new OutOfMemoryError("none left");
        try (Workers workers = new Workers(1, "failing")) {
            Supplier<Object> first = workers.start(() -> {
                throw exception;
            });
            Supplier<Object> second = workers.start(() -> {
                throw error;
            });
            assertSame(exception, assertThrows(RuntimeException.class, first::get));
            assertSame(error, assertThrows(Error.class, second::get));
        }
    }

    @Test
    void anInterruptedCallerSaysWhatItWaitedFor() {
        CountDownLatch never = new CountDownLatch(1);
        try (Workers workers = new Workers(1, "nothing was done")) {
            Supplier<Boolean> waiting = workers.start(() -> {
                try {
                    never.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                return true;
            });
            Thread.currentThread().interrupt();
            String message =
                    assertThrows(IllegalStateException.class, waiting::get).getMessage();
            assertEquals("interrupted while nothing was done", message);
            assertTrue(Thread.interrupted());
        }
    }
}
