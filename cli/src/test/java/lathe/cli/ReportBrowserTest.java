package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** The report's page in a browser, from disk. Runs under the Maven profile {@code browser}, and needs Chromium. */
@Tag("browser")
class ReportBrowserTest {

    private static final Path PICTURES = Path.of("target", "report-pictures");

    @TempDir
    static Path folder;

    private static Path plain;
    private static Path hostile;
    private static Path target;
    private static Path narrower;
    private static Chromium browser;

    @BeforeAll
    static void writesPagesAndStartsTheBrowser() throws IOException {
        Path model = CommandRun.testFile("fashion-resnet.onnx", folder);
        plain = compressed(
                model,
                "plain.html",
                "--weights",
                4,
                "--activations",
                8,
                "--exclude",
                "*shortcut*",
                "--exclude",
                "none");
        target = compressed(model, "target.html", "--target-size", "12%", "--device", "x86-vnni");
        narrower =
                compressed(model, "narrower.html", "--weights", "float", "--prune-channels", "5%", "--low-rank", "5%");
        List<String> names = new ArrayList<>(List.of("</script><script>throw 1</script>", "<img src=x onerror=throw>"));
        names.addAll(List.of("a\"b'c&amp;`${1}`", "line\u2028end", "\u202eright to left", "x".repeat(300)));
        hostile = compressed(HostileNames.write(names, folder.resolve("<b>{{chart}}.onnx")), "hostile.html");
        browser = new Chromium(Files.createDirectory(folder.resolve("profile")));
    }

    private static Path compressed(Path model, String page, Object... options) {
        Path report = folder.resolve(page);
        List<Object> words =
                new ArrayList<>(List.of("compress", model, "-o", folder.resolve(page + ".onnx"), "--report", report));
        words.addAll(List.of("--mean", 0.286, "--std", 0.353));
        words.addAll(List.of(options));
        CommandRun.of(words.toArray()).ok();
        return report;
    }

    @AfterAll
    static void stopsTheBrowser() {
        if (browser != null) {
            browser.close();
        }
    }

    @AfterEach
    void theConsoleIsEmpty() {
        assertEquals(List.of(), browser.console());
    }

    private static void open(Path page) {
        browser.open(page, 1280, 900, false, "light");
    }

    private static List<String> column(String title) {
        return browser.value("""
                (() => {
                  const table = document.querySelector('#page table');
                  const heads = [...table.querySelectorAll('thead th')].map(head => head.textContent);
                  const at = heads.indexOf('%s');
                  return [...table.querySelectorAll('tbody tr:not([hidden])')].map(row => row.cells[at].textContent);
                })()""".formatted(title));
    }

    private static WebElement head(String title) {
        return browser.driver()
                .findElement(By.xpath("(//table)[1]/thead//th[normalize-space()='%s']/button".formatted(title)));
    }

    private static void filter(String words) {
        WebElement input = browser.driver().findElement(By.cssSelector("input[type=search]"));
        input.sendKeys(Keys.chord(Keys.CONTROL, "a"), Keys.DELETE, words);
    }

    @Test
    void opensFromDiskAndIsQuick() {
        open(plain);
        List<String> sections = browser.value("[...document.querySelectorAll('h2')].map(head => head.textContent)");
        assertEquals(
                List.of(
                        "Warnings",
                        "Layers",
                        "Activation ranges",
                        "Left unchanged",
                        "What was done",
                        "Synthetic images",
                        "This run"),
                sections);
        assertEquals("fashion-resnet.onnx", browser.value("document.querySelector('h1').textContent"));
        Object milliseconds = browser.value("Math.round(performance.getEntriesByType('navigation')[0].duration)");
        System.out.printf(
                "the report's page, %d bytes, opens in %s ms%n", plain.toFile().length(), milliseconds);
    }

    @Test
    void whatThePageWritesToTheConsoleWouldBeSeen() {
        open(plain);
        browser.value("console.warn('heard')");
        List<String> heard = browser.console();
        assertEquals(1, heard.size());
        assertTrue(heard.get(0).contains("heard"), heard::toString);
    }

    @Test
    void fetchesNothing() {
        open(plain);
        List<String> fetched = browser.value("performance.getEntriesByType('resource')"
                + ".map(entry => entry.name).filter(name => !name.startsWith('data:'))");
        assertEquals(List.of(), fetched);
    }

    @Test
    void drawsBothChartsAndAllPictures() {
        open(plain);
        List<Boolean> drawn = browser.value("""
                [...document.querySelectorAll('canvas')].map(canvas => canvas.width > 0 && new Set(
                    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data).size > 20)""");
        assertEquals(List.of(true, true), drawn);
        List<Boolean> shown =
                browser.value("[...document.images].map(image => image.complete && image.naturalWidth === 28)");
        assertEquals(Collections.nCopies(6, true), shown);
    }

    @Test
    void sortsByAnyColumnUpAndDown() {
        open(plain);
        List<String> graphOrder = column("Layer");
        head("Layer").click();
        List<String> up = column("Layer");
        assertEquals(graphOrder.stream().sorted().toList(), up);
        head("Layer").click();
        List<String> down = new ArrayList<>(up);
        Collections.reverse(down);
        assertEquals(down, column("Layer"));
        head("Error").click();
        List<Double> errors = column("Error").stream()
                .map(text -> Double.valueOf(text.split(" ", 2)[0]))
                .toList();
        assertEquals(errors.stream().sorted(Comparator.naturalOrder()).toList(), errors);
        List<String> sorted = browser.value("[...document.querySelector('table').querySelectorAll("
                + "'th[aria-sort=ascending], th[aria-sort=descending]')].map(head => head.textContent)");
        assertEquals(List.of("Error"), sorted);
        head("#").click();
        assertEquals(graphOrder, column("Layer"));
    }

    @Test
    void filtersByWordsAndAddsUpWhatIsLeft() {
        open(plain);
        int all = column("Layer").size();
        filter("blocks.1 conv2");
        assertEquals(List.of("/blocks/blocks.1/conv2/Conv"), column("Layer"));
        assertEquals(
                "1 of %d layers".formatted(all), browser.value("document.querySelector('.tools .hint').textContent"));
        List<String> totals =
                browser.value("[...document.querySelector('tfoot').rows[0].cells].map(cell => cell.textContent)");
        assertTrue(
                totals.containsAll(List.of(
                        "1 layer", column("Before").get(0), column("After").get(0))),
                totals::toString);
        filter("8 BITS");
        assertEquals(List.of("/stem/stem.0/Conv", "/classifier/Gemm"), column("Layer"));
        filter("no such layer");
        assertEquals(List.of(), column("Layer"));
        filter("");
        assertEquals(all, column("Layer").size());
    }

    @Test
    void saysWhatARunCostsAndWhereTheNextByteGoes() {
        open(target);
        List<String> tiles = browser.value("[...document.querySelectorAll('.tile dt')].map(tile => tile.textContent)");
        assertTrue(
                tiles.containsAll(List.of("Predicted time on x86-vnni", "Predicted energy on x86-vnni")),
                tiles::toString);
        List<String> layers = column("Layer");
        head("Next bits").click();
        head("Next bits").click();
        List<String> named = browser.value("JSON.parse(document.getElementById('report').textContent).nextByte");
        assertEquals(named, column("Layer").subList(0, 3));
        assertEquals(
                3L,
                browser.<Long>value("document.querySelectorAll('#page table')[0].querySelectorAll('strong').length"));
        List<List<String>> costs = browser.value("""
                [...document.querySelectorAll('#page table')[1].querySelectorAll('tbody tr')]
                    .map(row => [...row.cells].map(cell => cell.textContent))""");
        assertEquals(layers, costs.stream().map(row -> row.get(0)).toList());
        assertTrue(costs.stream().allMatch(row -> row.get(6).matches("[0-9.]+ ms \u2192 [0-9.]+ ms")), costs::toString);
        List<String> sums = browser.value("""
                [...document.querySelectorAll('#page table')[1].querySelector('tfoot').rows[0].cells]
                    .map(cell => cell.textContent)""");
        assertEquals("16 layers", sums.get(0));
        assertEquals("20.2 M", sums.get(2), "as the architecture says");
    }

    @Test
    void channelsAreBarsBeforeAndAfter() {
        open(narrower);
        List<List<String>> rows = browser.value("""
                [...document.querySelectorAll('#page table')[1].querySelectorAll('tbody tr')]
                    .map(row => [...row.cells].map(cell => cell.textContent))""");
        List<List<String>> expected = browser.value("""
                JSON.parse(document.getElementById('report').textContent).channels.map(line => [line.name,
                    line.outputsAfter < line.outputsBefore ? `${line.outputsAfter} of ${line.outputsBefore}` : `${line.outputsBefore}`,
                    line.inputsAfter < line.inputsBefore ? `${line.inputsAfter} of ${line.inputsBefore}` : `${line.inputsBefore}`,
                    line.rank === null ? '\u2013' : `${line.rank}`])""");
        assertEquals(expected, rows);
        List<String> stay = browser.value("""
                [...document.querySelectorAll('#page table')[2].querySelectorAll('tbody td')].map(cell => cell.textContent)""");
        assertEquals(List.of("10", "'logits' is an output of the network"), stay);
        assertTrue(rows.stream().anyMatch(row -> row.get(1).contains(" of ")), rows::toString);
        assertTrue(rows.stream().anyMatch(row -> !row.get(3).equals("\u2013")), rows::toString);
        List<Number> shares = browser.value("""
                [...document.querySelectorAll('.channels')].map(cell =>
                    cell.querySelector('.left').getBoundingClientRect().width
                        / cell.querySelector('.seen').getBoundingClientRect().width)""");
        List<Number> counted = browser.value("""
                JSON.parse(document.getElementById('report').textContent).channels.flatMap(line =>
                    [line.outputsAfter / line.outputsBefore, line.inputsAfter / line.inputsBefore])""");
        for (int i = 0; i < counted.size(); i++) {
            assertEquals(counted.get(i).doubleValue(), shares.get(i).doubleValue(), 0.02);
        }
    }

    @ParameterizedTest
    @CsvSource({"light, 1280, false", "dark, 1280, false", "light, 390, true", "dark, 320, true"})
    void fitsTheScreenInBothColourSchemes(String scheme, int width, boolean phone) throws IOException {
        for (Path page : List.of(plain, hostile, target, narrower)) {
            browser.open(page, width, 800, phone, scheme);
            assertEquals((long) width, browser.<Long>value("document.documentElement.scrollWidth"), page::toString);
            String name = page.getFileName().toString().replace(".html", "-%s-%d.png".formatted(scheme, width));
            browser.picture(PICTURES.resolve(name), width, 6000);
        }
    }

    /** Contrast as WCAG 2.1 counts it: 4.5 is its level AA for text. */
    @ParameterizedTest
    @CsvSource({"light", "dark"})
    void textStandsOutFromItsGround(String scheme) {
        browser.open(plain, 1280, 800, false, scheme);
        Map<String, Number> contrasts = browser.value("""
                (() => {
                  const style = getComputedStyle(document.documentElement);
                  const light = name => {
                    const hex = style.getPropertyValue('--' + name).trim();
                    const [r, g, b] = [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16) / 255)
                        .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
                    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
                  };
                  const pairs = [['text', 'ground'], ['text', 'card'], ['soft', 'ground'], ['soft', 'card'],
                    ['soft', 'shade'], ['accent', 'shade'], ['warn', 'warn-ground'], ['text', 'warn-ground']];
                  return Object.fromEntries(pairs.map(([a, b]) => {
                    const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
                    return [a + ' on ' + b, (high + 0.05) / (low + 0.05)];
                  }));
                })()""");
        contrasts.forEach((pair, contrast) -> assertTrue(contrast.doubleValue() >= 4.5, () -> pair + " " + contrast));
    }

    @Test
    void chartsFollowTheColourScheme() throws InterruptedException {
        open(plain);
        String light = chart();
        browser.setScheme("dark");
        assertTrue(comesTrue(() -> !chart().equals(light)));
        browser.setScheme("light");
        assertTrue(comesTrue(() -> chart().equals(light)));
    }

    private String chart() {
        return browser.value("document.querySelector('canvas').toDataURL()");
    }

    /** A page hears of a new scheme some time after it was set. */
    private static boolean comesTrue(BooleanSupplier condition) throws InterruptedException {
        for (int attempt = 0; attempt < 100 && !condition.getAsBoolean(); attempt++) {
            Thread.sleep(100);
        }
        return condition.getAsBoolean();
    }

    @Test
    void hostileNamesAreText() {
        open(hostile);
        List<String> names = column("Layer").subList(0, 6);
        assertEquals(
                List.of(
                        "</script><script>throw 1</script>",
                        "<img src=x onerror=throw>",
                        "a\"b'c&amp;`${1}`",
                        "line\u2028end",
                        "\u202eright to left",
                        "x".repeat(300)),
                names);
        assertEquals("<b>{{chart}}.onnx", browser.value("document.querySelector('h1').textContent"));
        assertEquals(6L, browser.<Long>value("document.images.length"));
        assertEquals(3L, browser.<Long>value("document.scripts.length"));
        assertEquals(0L, browser.<Long>value("document.querySelectorAll('b').length"));
    }

    /** The chart shows what the table shows: a click on a layer leads to its row. */
    @Test
    void aClickOnAChartMarksTheRow() {
        open(plain);
        WebElement canvas = browser.driver().findElement(By.cssSelector("canvas"));
        canvas.click();
        assertEquals(1L, browser.<Long>value("document.querySelectorAll('tr.found').length"));
    }
}
