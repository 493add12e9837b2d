package lathe.cli.shell;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;

/** Records to JSON. Numbers that JSON cannot hold become null. */
public final class Json {

    private static final Gson GSON =
            builder().setPrettyPrinting().disableHtmlEscaping().create();

    /** Leaves no character that means something to HTML or that ends a line of a script. */
    private static final Gson IN_HTML = builder().create();

    private Json() {}

    private static GsonBuilder builder() {
        return new GsonBuilder()
                .serializeNulls()
                .registerTypeAdapter(double.class, new FiniteNumbers())
                .registerTypeAdapter(Double.class, new FiniteNumbers());
    }

    /** An object in several lines. */
    public static String of(Object object) {
        return GSON.toJson(object);
    }

    /** The same in one line that can stand inside an element of an HTML page, whatever texts it holds. */
    public static String inHtml(Object object) {
        return IN_HTML.toJson(object);
    }

    /** What stands for a failure, as {@code error} of an object. */
    public static Object error(ExitCode code, String message) {
        return new ErrorObject(code.number(), code.word(), message);
    }

    private record ErrorObject(int exitCode, String kind, String message) {}

    private static final class FiniteNumbers extends TypeAdapter<Double> {
        @Override
        public void write(JsonWriter out, Double value) throws IOException {
            if (value == null || !Double.isFinite(value)) {
                out.nullValue();
            } else {
                out.value(value);
            }
        }

        @Override
        public Double read(JsonReader in) throws IOException {
            return in.nextDouble();
        }
    }
}
