package lathe.cli.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lathe.cli.shell.Json;
import org.apache.commons.text.StringEscapeUtils;

/**
 * A report as one HTML page that needs nothing beside itself. The page holds the report as JSON, and a script that lays
 * it out; texts of the model reach the page as text, never as markup.
 */
final class ReportPage {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{([a-z]+)}}");

    private static final String CHART = "/META-INF/resources/webjars/chart.js/4.5.1/dist/chart.umd.min.js";

    private ReportPage() {}

    /** The page of a compression. */
    static String of(RunReport report) {
        return of(report.model() + ": compression report", report.summary(), "report.js", report);
    }

    /** The page of a curve of sizes. */
    static String of(TradeOff curve) {
        String summary =
                "%s at %s sizes".formatted(curve.model(), curve.points().size());
        return of(curve.model() + ": size and SNR", summary, "sweep.js", curve);
    }

    private static String of(String title, String summary, String script, Object data) {
        String chart = resource(CHART).replaceFirst("\n//# sourceMappingURL=\\S+\\s*$", "");
        Map<String, String> parts = Map.of(
                "title", StringEscapeUtils.escapeHtml4(title),
                "summary", StringEscapeUtils.escapeHtml4(summary),
                "style", resource("report.css"),
                "chart", chart,
                "shared", resource("page.js"),
                "script", resource(script),
                "report", Json.inHtml(data));
        return PLACEHOLDER
                .matcher(resource("report.html"))
                .replaceAll(found -> Matcher.quoteReplacement(parts.get(found.group(1))));
    }

    private static String resource(String name) {
        try (InputStream in = ReportPage.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("%s is not on the class path".formatted(name));
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
