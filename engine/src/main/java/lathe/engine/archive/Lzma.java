package lathe.engine.archive;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import lathe.engine.graph.UnsupportedModelException;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.LZMAInputStream;
import org.tukaani.xz.LZMAOutputStream;

/** What is no tensor, compressed: LZMA with its end marked, behind a byte with the binary logarithm of the dictionary. */
final class Lzma {

    private static final int SMALLEST = 12;
    private static final int LARGEST = 23;
    private static final byte NO_CONTEXTS = 0;
    private static final int LONGEST_MATCH = 273;

    private Lzma() {}

    /** Something to compress. */
    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /**
     * Compresses.
     *
     * @param bytes about as many as there are
     */
    static byte[] compressed(long bytes, Content content) throws IOException {
        int dictionary = SMALLEST;
        while (dictionary < LARGEST && 1L << dictionary < bytes) {
            dictionary++;
        }
        LZMA2Options options = new LZMA2Options();
        options.setDictSize(1 << dictionary);
        options.setLcLp(NO_CONTEXTS, NO_CONTEXTS);
        options.setPb(NO_CONTEXTS);
        options.setNiceLen(LONGEST_MATCH);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(dictionary);
        try (LZMAOutputStream lzma = new LZMAOutputStream(out, options, true)) {
            content.writeTo(lzma);
        }
        return out.toByteArray();
    }

    /** Gives what was compressed. */
    static InputStream decoder(byte[] compressed) throws IOException {
        int dictionary = compressed.length == 0 ? 0 : compressed[0];
        if (dictionary < SMALLEST || dictionary > LARGEST) {
            throw new UnsupportedModelException("a dictionary of 2^%d bytes".formatted(dictionary));
        }
        InputStream in = new ByteArrayInputStream(compressed, 1, compressed.length - 1);
        return new LZMAInputStream(in, -1, NO_CONTEXTS, 1 << dictionary);
    }
}
