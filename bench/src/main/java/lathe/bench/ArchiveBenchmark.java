package lathe.bench;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import lathe.engine.archive.Archive;

/**
 * How small archives of models are and how fast they are unpacked, on one core. Arguments: models. For the same files in other
 * formats see {@code scripts/archives.py}.
 */
final class ArchiveBenchmark {

    private static final int ROUNDS = 9;

    private ArchiveBenchmark() {}

    public static void main(String[] models) throws IOException {
        System.out.println(
                "| model | bytes | archive | ratio | weights | unpacked, first | then, millions of weights/s |");
        System.out.println("|---|---|---|---|---|---|---|");
        for (String model : models) {
            Archive archive = Archive.of(Path.of(model));
            byte[] packed;
            try (InputStream in = archive.content()) {
                packed = in.readAllBytes();
            }
            long weights = archive.parts().stream()
                    .mapToLong(ArchiveBenchmark::elements)
                    .sum();
            double[] seconds = new double[ROUNDS];
            for (int i = 0; i < ROUNDS; i++) {
                long start = System.nanoTime();
                Archive.unpack(new ByteArrayInputStream(packed), OutputStream.nullOutputStream());
                seconds[i] = (System.nanoTime() - start) / 1e9;
            }
            double first = seconds[0];
            Arrays.sort(seconds);
            System.out.printf(
                    "| %s | %d | %d | %.2f | %d | %.2f s | %.1f |%n",
                    Path.of(model).getFileName(),
                    archive.bytesBefore(),
                    archive.bytes(),
                    (double) archive.bytesBefore() / archive.bytes(),
                    weights,
                    first,
                    weights / seconds[ROUNDS / 2] / 1e6);
        }
    }

    private static long elements(Archive.Part part) {
        return part.bytes() * Byte.SIZE / part.type().bits();
    }
}
