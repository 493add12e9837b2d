package lathe.precondition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.pipeline.GraphPass;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;

class ExporterNotesTest {

    private static final GraphPass PASS = GraphPasses.exporterNotes();

    /** Those in bodies, too; what else the file says of nodes is written as it was read. */
    @Test
    void stackTracesGoAndOtherMetadataStays() throws Exception {
        byte[] before = TestData.bytes("odd/exporter-notes.onnx");
        GraphPass.Result result = PASS.apply(OnnxReader.read(before));
        byte[] after = OnnxWriter.toBytes(result.graph());
        assertEquals(count("namespace", before), count("namespace", after));
        assertTrue(count("stack_trace", before) > 5);
        assertEquals(0, count("stack_trace", after));
        int dropped = before.length - after.length;
        long told = Long.parseLong(result.changes().get(0).replaceAll("\\D", ""));
        assertTrue(told > 0 && dropped >= told && dropped < 1.05 * told, () -> told + " of " + dropped);
        Outputs.assertSame(OnnxReader.read(before), OnnxReader.read(after), 0);
        assertFalse(result.changes().isEmpty());
    }

    @Test
    void aModelWithoutNotesStays() {
        Graph graph = OnnxReader.read(TestData.bytes("odd/conv1d.onnx"));
        assertSame(graph, PASS.apply(graph).graph());
    }

    private static long count(String word, byte[] bytes) {
        return Pattern.compile(word)
                .matcher(new String(bytes, StandardCharsets.ISO_8859_1))
                .results()
                .count();
    }
}
