package lathe.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;

/** Records to JSON. Numbers that JSON cannot hold become null. */
final class Json {

    private static final Gson GSON = new GsonBuilder()
            .setPrettyPrinting()
            .disableHtmlEscaping()
            .serializeNulls()
            .registerTypeAdapter(double.class, new FiniteNumbers())
            .registerTypeAdapter(Double.class, new FiniteNumbers())
            .create();

    private Json() {}

    static String of(Object object) {
        return GSON.toJson(object);
    }

    /** What stands for a failure, as {@code error} of an object. */
    static Object error(ExitCode code, String message) {
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
